import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SnapshotId } from "../snapshots.ts";
import type { PoolVolumes, VolumeId, VolumeRequest } from "../volumes.ts";

/** The volumes of an empty pool, a way into them, and their end. */
export interface VolumesUnderTest {
  readonly volumes: PoolVolumes;
  /** Writes a letter into a volume, as an instance would, over the one before. */
  write(id: VolumeId, letter: string): Promise<void>;
  /** The letter; empty: none was written. */
  read(id: VolumeId): Promise<string>;
  /** The same volumes, as the next daemon finds them. */
  reopen(): PoolVolumes;
  close(): Promise<void>;
}

/** What every pool with custom volumes keeps, whatever they are made of. */
export function describeVolumes(name: string, make: () => Promise<VolumesUnderTest>): void {
  const [one, two] = ["00000001", "00000002"] as [VolumeId, VolumeId];
  const [first, second] = ["0000000a", "0000000b"] as [SnapshotId, SnapshotId];
  const mebibyte = 2 ** 20;
  let test: VolumesUnderTest;

  describe.each(["filesystem", "block"] as const)(`${name} keeps the contract of volumes (%s)`, (content) => {
    const request = (id: VolumeId, size = 8 * mebibyte): VolumeRequest => ({
      id,
      content,
      ...(content === "block" && { size }),
    });
    beforeEach(async () => {
      test = await make();
    });
    afterEach(() => test.close());

    it("what is written to one is there for the next daemon, and in no other", async () => {
      await test.volumes.create(request(one));
      await test.volumes.create(request(two));
      expect(await test.read(one)).toBe("");
      await test.write(one, "a");
      await test.reopen().reconcile(
        new Map([
          [one, []],
          [two, []],
        ]),
      );
      expect(await test.read(one)).toBe("a");
      expect(await test.read(two)).toBe("");
      expect(await test.volumes.path(one)).not.toBe(await test.volumes.path(two));
      expect(await test.volumes.usage(one)).toBeGreaterThan(0);
    });

    it("a second one of the same id is refused and harms nothing", async () => {
      await test.volumes.create(request(one));
      await test.write(one, "a");
      await expect(test.volumes.create(request(one))).rejects.toThrow();
      expect(await test.read(one)).toBe("a");
    });

    it("snapshots are restored in any order, as often as asked, and may go", async () => {
      await test.volumes.create(request(one));
      for (const [snapshot, letter] of [
        [first, "a"],
        [second, "b"],
      ] as const) {
        await test.write(one, letter);
        await test.volumes.keep({ volume: one, snapshot });
      }
      for (const [snapshot, letter] of [
        [first, "a"],
        [second, "b"],
        [first, "a"],
      ] as const) {
        await test.volumes.restore(request(one), snapshot);
        expect(await test.read(one)).toBe(letter);
        await test.write(one, "x");
      }
      await test.volumes.forget({ volume: one, snapshot: first });
      await test.volumes.forget({ volume: one, snapshot: first });
      await expect(test.volumes.restore(request(one), first)).rejects.toThrow();
      expect(await test.read(one)).toBe("x");
      await test.volumes.restore(request(one), second);
      expect(await test.read(one)).toBe("b");
    });

    it("a copy, also of a snapshot, is a volume of its own", async () => {
      await test.volumes.create(request(one));
      await test.write(one, "a");
      await test.volumes.keep({ volume: one, snapshot: first });
      await test.write(one, "b");
      await test.volumes.create(request(two), { kind: "volume", volume: one, snapshot: first });
      await test.write(one, "c");
      await test.volumes.remove(one);
      expect(await test.read(two)).toBe("a");
    });

    it("a snapshot of another volume's is kept, whatever becomes of either", async () => {
      await test.volumes.create(request(one));
      await test.write(one, "a");
      await test.volumes.keep({ volume: one, snapshot: first });
      await test.volumes.create(request(two));
      await test.volumes.keep({ volume: two, snapshot: second }, { kind: "volume", volume: one, snapshot: first });
      await test.volumes.restore(request(two), second);
      await test.write(two, "b");
      await test.volumes.restore(request(one), first);
      expect(await test.read(one)).toBe("a");
      await test.volumes.remove(one);
      await test.volumes.restore(request(two), second);
      expect(await test.read(two)).toBe("a");
    });

    it("a removal can be repeated, and takes the snapshots with it", async () => {
      await test.volumes.create(request(one));
      await test.volumes.keep({ volume: one, snapshot: first });
      await test.volumes.remove(one);
      await test.volumes.remove(one);
      await test.volumes.create(request(one));
      await expect(test.volumes.restore(request(one), first)).rejects.toThrow();
      expect(await test.read(one)).toBe("");
    });

    it("what is not named is removed at the next start", async () => {
      for (const id of [one, two]) await test.volumes.create(request(id));
      await test.volumes.keep({ volume: one, snapshot: first });
      await test.volumes.keep({ volume: one, snapshot: second });
      const next = test.reopen();
      await next.reconcile(new Map([[one, [second]]]));
      await next.create(request(two));
      await next.keep({ volume: one, snapshot: first });
      await next.restore(request(one), second);
    });
  });

  describe(`${name} keeps the size of a disk`, () => {
    beforeEach(async () => {
      test = await make();
    });
    afterEach(() => test.close());

    it("which grows and does not shrink", async () => {
      await test.volumes.create({ id: one, content: "block", size: 8 * mebibyte });
      await test.write(one, "a");
      await test.volumes.resize({ id: one, content: "block", size: 16 * mebibyte });
      const shrinking = test.volumes.resize({ id: one, content: "block", size: 8 * mebibyte });
      await expect(shrinking).rejects.toMatchObject({ code: "config_value_invalid" });
      expect(await test.read(one)).toBe("a");
    });
  });
}
