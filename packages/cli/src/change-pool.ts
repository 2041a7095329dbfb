import type { Pool, PoolPut } from "@lodge/api";
import type { Context } from "./context.ts";
import { retryStale } from "./retry-stale.ts";

/** Changes a storage pool; what others change at the same time is kept. `change` says what is to be different. */
export async function changePool(context: Context, name: string, change: (current: Pool) => PoolPut): Promise<void> {
  const { pools } = await context.client();
  await retryStale(async () => {
    const { value, etag } = await pools.getTagged(name);
    const { config, description } = value;
    await pools.update(name, { config, description, ...change(value) }, etag);
  });
}
