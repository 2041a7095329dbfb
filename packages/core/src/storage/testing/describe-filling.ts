import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IdRange, InstanceId } from "../../instances/driver.ts";
import type { ImageFiles, RootRequest } from "../pool.ts";
import type { SnapshotId } from "../snapshots.ts";
import type { PoolUnderTest } from "./describe-pool.ts";

const one = "00000001" as InstanceId;
const two = "00000002" as InstanceId;
const snapshot = "0000000a" as SnapshotId;
/** A container's root is read as its guest sees it. */
const ids: IdRange = { base: 0, size: 65_536, owner: 0 };
const own: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
const never = new AbortController().signal;

/** How roots come from one pool to another. */
export function describeFilling(name: string, makePool: () => Promise<PoolUnderTest>): void {
  describe(`${name} takes roots from another pool`, () => {
    let from: PoolUnderTest;
    let to: PoolUnderTest;
    beforeEach(async () => {
      [from, to] = [await makePool(), await makePool()];
    });
    afterEach(async () => {
      await from.close();
      await to.close();
    });

    it.each(["container", "vm"] as const)("with the same image (%s)", async (kind) => {
      const image: ImageFiles = from[kind];
      const request = (id: InstanceId): RootRequest => ({ id, type: image.type, fingerprint: image.fingerprint });
      for (const { pool } of [from, to]) await pool.unpackImage(image, () => undefined, never);
      await from.pool.createRoot(request(one));
      await to.pool.createRoot(request(two));
      const write = async (letter: string) => {
        await from.write(await from.pool.prepareRoot(request(one), own), letter);
        await from.pool.settleRoot(one);
      };
      const fill = async () => {
        await to.pool.fillRoot(request(two), await from.pool.prepareRoot(request(one), ids), never);
        await from.pool.settleRoot(one);
      };
      const read = async () => {
        const letter = await to.read(await to.pool.prepareRoot(request(two), own));
        await to.pool.settleRoot(two);
        return letter;
      };
      await write("a");
      await fill();
      expect(await read()).toBe("a");
      await to.pool.snapshots.create({ root: two, snapshot });
      await write("b");
      await fill();
      expect(await read()).toBe("b");
      await to.pool.snapshots.restore(request(two), snapshot);
      expect(await read()).toBe("a");
      await to.pool.removeRoot(two);
      await from.pool.removeRoot(one);
    });
  });
}
