import type { Instance, InstancePut } from "@lodge/api";
import type { Context } from "./context.ts";
import { follow } from "./follow.ts";
import { retryStale } from "./retry-stale.ts";

/** The part of an instance that can be changed. */
export function editablePart({ architecture, config, description, devices, ephemeral, profiles }: Instance) {
  return { architecture, config, description, devices, ephemeral, profiles };
}

/** Changes an instance; what others change at the same time is kept. `change` says what is to be different. */
export async function changeInstance(
  context: Context,
  name: string,
  change: (current: Instance) => InstancePut | Promise<InstancePut>,
): Promise<void> {
  const { instances } = await context.client();
  await retryStale(async () => {
    const { value, etag } = await instances.getTagged(name);
    const put = { ...editablePart(value), ...(await change(value)) };
    await follow(context, await instances.update(name, put, etag), `Changing ${name}`);
  });
}
