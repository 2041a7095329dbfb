import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IdRange, InstanceId } from "../../instances/driver.ts";
import type { ImageFiles, RootRequest } from "../pool.ts";
import type { SnapshotId } from "../snapshots.ts";
import type { PoolUnderTest } from "./describe-pool.ts";

/** What every pool driver keeps about snapshots. */
export function describeSnapshots(name: string, makePool: () => Promise<PoolUnderTest>): void {
  const one = "00000001" as InstanceId;
  const two = "00000002" as InstanceId;
  const ids: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
  const otherIds: IdRange = { base: 2_065_536, size: 65_536, owner: 2_065_536 };
  const [first, second, third] = ["0000000a", "0000000b", "0000000c"] as [SnapshotId, SnapshotId, SnapshotId];
  const never = new AbortController().signal;
  let test: PoolUnderTest;
  let image: ImageFiles;

  const request = (id: InstanceId): RootRequest => ({ id, type: image.type, fingerprint: image.fingerprint });
  const range = (id: InstanceId) => (id === one ? ids : otherIds);

  /** While the root is prepared, as for a run. */
  async function inRoot<T>(id: InstanceId, use: (root: Awaited<ReturnType<typeof prepare>>) => Promise<T>): Promise<T> {
    const root = await prepare(id);
    try {
      return await use(root);
    } finally {
      await test.pool.settleRoot(id);
    }
  }
  const prepare = (id: InstanceId) => test.pool.prepareRoot(request(id), range(id));
  const write = (id: InstanceId, letter: string) => inRoot(id, (root) => test.write(root, letter));
  const read = (id: InstanceId) => inRoot(id, (root) => test.read(root));
  const keep = (snapshot: SnapshotId, root = one) => test.pool.snapshots.create({ root, snapshot });
  const restore = (snapshot: SnapshotId, id = one) => test.pool.snapshots.restore(request(id), snapshot);
  const compact = (root = one) =>
    test.pool.snapshots.compact?.(
      root,
      () => undefined,
      () => undefined,
      never,
    );

  describe.each(["container", "vm"] as const)(`${name} keeps snapshots of a %s`, (type) => {
    beforeEach(async () => {
      test = await makePool();
      image = test[type];
      await test.pool.unpackImage(image, () => undefined, never);
      await test.pool.createRoot(request(one));
    });
    afterEach(() => test.close());

    async function keepThree(): Promise<void> {
      for (const [snapshot, letter] of [
        [first, "a"],
        [second, "b"],
        [third, "c"],
      ] as const) {
        await write(one, letter);
        await keep(snapshot);
      }
      await write(one, "d");
    }

    it("and restores them in any order, as often as asked", async () => {
      await keepThree();
      for (const [snapshot, letter] of [
        [second, "b"],
        [first, "a"],
        [third, "c"],
        [first, "a"],
      ] as const) {
        await restore(snapshot);
        expect(await read(one)).toBe(letter);
        await write(one, "x");
      }
    });

    it.each([first, second, third])("and loses none of the others with %s", async (doomed) => {
      await keepThree();
      await test.pool.snapshots.remove({ root: one, snapshot: doomed });
      await test.pool.snapshots.remove({ root: one, snapshot: doomed });
      await compact();
      expect(await read(one)).toBe("d");
      for (const [snapshot, letter] of [
        [first, "a"],
        [second, "b"],
        [third, "c"],
      ] as const) {
        if (snapshot === doomed) await expect(restore(snapshot)).rejects.toMatchObject({ code: "pool_failed" });
        else {
          await restore(snapshot);
          expect(await read(one)).toBe(letter);
        }
      }
    });

    it("and keeps the root when all of them go", async () => {
      await keepThree();
      for (const snapshot of [second, first, third]) {
        await test.pool.snapshots.remove({ root: one, snapshot });
        await compact();
        expect(await read(one)).toBe("d");
      }
      expect(await test.pool.snapshots.usage(one)).toEqual(new Map());
    });

    it("and tells what each takes", async () => {
      await keepThree();
      const usage = await test.pool.snapshots.usage(one);
      expect([...usage.keys()].toSorted()).toEqual([first, second, third]);
      for (const bytes of usage.values()) expect(bytes).toBeGreaterThan(0);
    });

    it("and refuses a second of the same id, and an unknown one", async () => {
      await keep(first);
      await expect(keep(first)).rejects.toMatchObject({ code: "pool_failed" });
      await expect(restore(second)).rejects.toMatchObject({ code: "pool_failed" });
    });

    it("and finds them again after a restart, save those that are not named", async () => {
      await keepThree();
      const next = test.reopen();
      await next.reconcile(new Map([[one, [first, third]]]), []);
      expect([...(await next.snapshots.usage(one)).keys()].toSorted()).toEqual([first, third]);
      await restore(third);
      expect(await read(one)).toBe("c");
      await restore(first);
      expect(await read(one)).toBe("a");
    });

    it("and copies one, which lasts longer than what it is copied from", async () => {
      await keepThree();
      await test.pool.copyRoot({ from: one, snapshot: second }, request(two));
      await write(one, "e");
      expect(await read(two)).toBe("b");
      await test.pool.removeRoot(one);
      expect(await read(two)).toBe("b");
      await write(two, "f");
      await keep(first, two);
      expect(await read(two)).toBe("f");
    });

    it("and copies a root with its snapshots, each of which goes alone", async () => {
      await keepThree();
      const snapshots = new Map([
        [first, first],
        [second, third],
      ]);
      await test.pool.copyRoot({ from: one, snapshots }, request(two));
      await test.pool.snapshots.remove({ root: one, snapshot: first });
      await compact();
      await restore(third);
      expect(await read(two)).toBe("d");
      await restore(first, two);
      expect(await read(two)).toBe("a");
      await restore(third, two);
      expect(await read(two)).toBe("b");
      await test.pool.removeRoot(two);
      await compact();
      expect(await read(one)).toBe("c");
      await restore(second);
      expect(await read(one)).toBe("b");
    });

    it("and makes a root anew", async () => {
      await write(one, "a");
      await test.pool.replaceRoot(request(one));
      expect(await read(one)).toBe("");
      const missing = { ...request(one), fingerprint: "f".repeat(64) };
      await write(one, "b");
      await expect(test.pool.replaceRoot(missing)).rejects.toMatchObject({ code: "image_not_found" });
      expect(await read(one)).toBe("b");
      const { fingerprint: _image, ...empty } = request(one);
      await test.pool.replaceRoot(empty);
      expect(await read(one)).toBe("");
    });
  });
}
