import type { StorageVolume, StorageVolumePut } from "@lodge/api";
import type { Context } from "./context.ts";
import { retryStale } from "./retry-stale.ts";

/** Changes a volume; what others change at the same time is kept. `change` says what is to be different. */
export async function changeVolume(
  context: Context,
  pool: string,
  name: string,
  change: (current: StorageVolume) => StorageVolumePut,
): Promise<void> {
  const volumes = (await context.client()).pools.volumes(pool);
  await retryStale(async () => {
    const { value, etag } = await volumes.getTagged(name);
    const { config, description } = value;
    await volumes.update(name, { config, description, ...change(value) }, etag);
  });
}
