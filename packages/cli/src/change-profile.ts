import type { Profile, ProfilePut } from "@lodge/api";
import type { Context } from "./context.ts";
import { retryStale } from "./retry-stale.ts";

/** Changes a profile; what others change at the same time is kept. `change` says what is to be different. */
export async function changeProfile(
  context: Context,
  name: string,
  change: (current: Profile) => ProfilePut,
): Promise<void> {
  const { profiles } = await context.client();
  await retryStale(async () => {
    const { value, etag } = await profiles.getTagged(name);
    const { config, description, devices } = value;
    await profiles.update(name, { config, description, devices, ...change(value) }, etag);
  });
}
