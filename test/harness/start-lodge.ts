import { importCachedImage } from "./image-cache.ts";
import { type Lodge, type LodgeOptions, startEmptyLodge } from "./lodge.ts";

export interface LodgeWithImages extends LodgeOptions {
  /** Images to have before the test begins, by alias. */
  readonly images?: readonly string[];
}

/**
 * Starts a lodged for a test. Dispose it (`await using`, or `afterAll(() => lodge.stop())`): that takes everything down
 * and fails when anything is left on the host.
 */
export async function startLodge({ images = [], ...options }: LodgeWithImages = {}): Promise<Lodge> {
  const lodge = await startEmptyLodge(options);
  try {
    for (const alias of images) await importCachedImage(lodge.client, alias);
    return lodge;
  } catch (error) {
    await lodge.stop().catch(() => undefined);
    throw error;
  }
}
