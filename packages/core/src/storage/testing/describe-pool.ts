import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IdRange, InstanceId } from "../../instances/driver.ts";
import type { ImageFiles, PoolDriver, PreparedRoot, RootRequest } from "../pool.ts";
import { describeFilling } from "./describe-filling.ts";
import { describeSnapshots } from "./describe-snapshots.ts";
import { describeStates } from "./describe-states.ts";

/** A pool, two small images for it, and its end. */
export interface PoolUnderTest {
  readonly pool: PoolDriver;
  readonly container: ImageFiles;
  readonly vm: ImageFiles;
  /** Bytes of the VM image's disk. */
  readonly diskSize: number;
  /** Writes a letter into a prepared root, as its instance would, over the one before. */
  write(root: PreparedRoot, letter: string): Promise<void>;
  /** The letter; empty: none was written. */
  read(root: PreparedRoot): Promise<string>;
  /** The same pool, as the next daemon finds it. */
  reopen(): PoolDriver;
  close(): Promise<void>;
}

/** What every pool driver keeps, whatever it is made of. */
export function describePool(name: string, makePool: () => Promise<PoolUnderTest>): void {
  const one = "00000001" as InstanceId;
  const two = "00000002" as InstanceId;
  const ids: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
  let test: PoolUnderTest;

  const unpack = (image: ImageFiles, signal = new AbortController().signal) =>
    test.pool.unpackImage(image, () => undefined, signal);
  const rootOf = (id: InstanceId, { type, fingerprint }: ImageFiles): RootRequest => ({ id, type, fingerprint });
  const withCode = (code: string) => expect.objectContaining({ code });

  describe(`${name} keeps the contract of a pool`, () => {
    beforeEach(async () => {
      test = await makePool();
    });
    afterEach(() => test.close());

    it("tells its size and whether it limits containers", async () => {
      const info = await test.pool.info();
      expect(info.containerSize || info.containerSizeReason).toBeTruthy();
      const { used, total } = await test.pool.usage();
      expect(total).toBeGreaterThan(used);
    });

    it("unpacks an image once, also when two ask at the same time", async () => {
      await Promise.all([unpack(test.container), unpack(test.container)]);
      await unpack(test.container);
      await test.pool.createRoot(rootOf(one, test.container));
    });

    it("reports progress up to its end", async () => {
      const seen: number[] = [];
      await test.pool.unpackImage(test.container, (percent) => seen.push(percent), new AbortController().signal);
      expect(seen.at(-1)).toBe(100);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    });

    it("keeps nothing of an unpacking that was cancelled", async () => {
      await expect(unpack(test.container, AbortSignal.abort())).rejects.toEqual(withCode("operation_cancelled"));
      await expect(test.pool.createRoot(rootOf(one, test.container))).rejects.toEqual(withCode("image_not_found"));
    });

    it("makes no root without its image, or of another type", async () => {
      await expect(test.pool.createRoot(rootOf(one, test.vm))).rejects.toEqual(withCode("image_not_found"));
      await unpack(test.vm);
      const request = { ...rootOf(one, test.vm), type: "container" as const };
      await expect(test.pool.createRoot(request)).rejects.toEqual(withCode("image_type_mismatch"));
      await test.pool.createRoot(rootOf(one, test.vm));
    });

    it("prepares a container's root as a directory, again and again the same", async () => {
      await unpack(test.container);
      const request = rootOf(one, test.container);
      await test.pool.createRoot(request);
      const prepared = await test.pool.prepareRoot(request, ids);
      expect(prepared.kind).toBe("directory");
      expect(await test.pool.prepareRoot(request, ids)).toEqual(prepared);
      await test.pool.settleRoot(one);
      await test.pool.settleRoot(one);
      expect(await test.pool.prepareRoot(request, ids)).toEqual(prepared);
    });

    it("finds a prepared root again after a restart", async () => {
      await unpack(test.container);
      const request = rootOf(one, test.container);
      await test.pool.createRoot(request);
      const prepared = await test.pool.prepareRoot(request, ids);
      const next = test.reopen();
      await next.reconcile(new Map([[one, []]]), [test.container.fingerprint]);
      expect(await next.prepareRoot(request, ids)).toEqual(prepared);
      await next.settleRoot(one);
    });

    it("settles many at once, of both types, prepared or not, and those that are not there", async () => {
      await unpack(test.container);
      await unpack(test.vm);
      await test.pool.createRoot(rootOf(one, test.container));
      await test.pool.createRoot(rootOf(two, test.vm));
      const three = "00000003" as InstanceId;
      await test.pool.createRoot(rootOf(three, test.container));
      await test.pool.prepareRoot(rootOf(one, test.container), ids);
      await test.pool.prepareRoot(rootOf(two, test.vm), ids);
      await test.pool.settleRoots([one, two, three, "00000009" as InstanceId]);
      // Only what is settled can be made anew.
      for (const id of [one, three]) await test.pool.replaceRoot(rootOf(id, test.container));
      await test.pool.replaceRoot(rootOf(two, test.vm));
    });

    it("prepares a VM's root as a qcow2 disk", async () => {
      await unpack(test.vm);
      await test.pool.createRoot(rootOf(one, test.vm));
      const prepared = await test.pool.prepareRoot(rootOf(one, test.vm), ids);
      expect(prepared).toMatchObject({ kind: "disk", format: "qcow2" });
    });

    it("makes a VM's disk larger than its image and never smaller", async () => {
      await unpack(test.vm);
      const request = rootOf(one, test.vm);
      const smaller = { ...request, size: test.diskSize - 512 };
      await expect(test.pool.createRoot(smaller)).rejects.toEqual(withCode("config_value_invalid"));
      await test.pool.createRoot({ ...request, size: test.diskSize * 2 });
      await expect(test.pool.copyRoot({ from: one }, { ...rootOf(two, test.vm), size: test.diskSize })).rejects.toEqual(
        withCode("config_value_invalid"),
      );
    });

    it("makes empty roots of both types: a directory without anything, a disk of a default size or of the one asked for", async () => {
      const container: RootRequest = { id: one, type: "container" };
      await test.pool.createRoot(container);
      const prepared = await test.pool.prepareRoot(container, ids);
      expect(await test.pool.prepareRoot(container, ids)).toEqual(prepared);
      await test.pool.settleRoot(one);
      const vm: RootRequest = { id: two, type: "virtual-machine", size: 64 * 1024 ** 2 };
      await test.pool.createRoot(vm);
      expect(await test.pool.prepareRoot(vm, ids)).toMatchObject({ kind: "disk", format: "qcow2" });
      const copy = { ...vm, id: "00000003" as InstanceId };
      await test.pool.copyRoot({ from: two }, copy);
      const next = test.reopen();
      await next.reconcile(new Map([one, two, copy.id].map((id) => [id, []])), []);
      await next.prepareRoot(copy, ids);
    });

    it("limits a container's size or says that it cannot", async () => {
      await unpack(test.container);
      const request = { ...rootOf(one, test.container), size: 64 * 1024 ** 2 };
      const { containerSize } = await test.pool.info();
      if (containerSize) await test.pool.createRoot(request);
      else await expect(test.pool.createRoot(request)).rejects.toEqual(withCode("pool_size_unsupported"));
    });

    it("copies roots of both types", async () => {
      await unpack(test.container);
      await unpack(test.vm);
      for (const [from, to, image] of [
        [one, two, test.container],
        ["00000003", "00000004", test.vm],
      ] as const) {
        await test.pool.createRoot(rootOf(from as InstanceId, image));
        await test.pool.copyRoot({ from: from as InstanceId }, rootOf(to as InstanceId, image));
        await test.pool.removeRoot(from as InstanceId);
        await test.pool.prepareRoot(rootOf(to as InstanceId, image), ids);
        expect((await test.pool.rootUsage(to as InstanceId)).bytes).toBeGreaterThanOrEqual(0);
      }
    });

    it("removes roots and images, twice without complaint", async () => {
      await unpack(test.container);
      const request = rootOf(one, test.container);
      await test.pool.createRoot(request);
      await test.pool.prepareRoot(request, ids);
      await test.pool.removeRoot(one);
      await test.pool.removeRoot(one);
      await expect(test.pool.prepareRoot(request, ids)).rejects.toEqual(withCode("pool_failed"));
      await test.pool.removeImage(test.container.fingerprint);
      await test.pool.removeImage(test.container.fingerprint);
      await expect(test.pool.createRoot(request)).rejects.toEqual(withCode("image_not_found"));
    });

    it("reconciles: keeps what is named and what that stands on, removes the rest", async () => {
      await unpack(test.container);
      await unpack(test.vm);
      await test.pool.createRoot(rootOf(one, test.container));
      await test.pool.createRoot(rootOf(two, test.vm));
      await test.pool.prepareRoot(rootOf(one, test.container), ids);
      const next = test.reopen();
      await next.reconcile(new Map([[two, []]]), []);
      await expect(next.prepareRoot(rootOf(one, test.container), ids)).rejects.toEqual(withCode("pool_failed"));
      await expect(next.createRoot(rootOf(one, test.container))).rejects.toEqual(withCode("image_not_found"));
      await next.prepareRoot(rootOf(two, test.vm), ids);
    });
  });
  describeSnapshots(name, makePool);
  describeFilling(name, makePool);
  describeStates(name, makePool);
}
