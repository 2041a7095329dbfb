/** What pools do on a file system that runs full, at whatever step; needs root. */
import { readdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { asLodgeError } from "@lodge/api/errors";
import type {
  IdRange,
  ImageFiles,
  InstanceId,
  PoolDriver,
  RootRequest,
  SnapshotId,
  StateId,
  VolumeId,
} from "@lodge/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../../../system/run.ts";
import { inside, makeScratch, type PoolKind, readLetter, removeLodgeDir, writeLetter } from "./pool-host.ts";
import { makeDisk, makeSampleTree, makeSquashfs, makeTar, sampleGrubConfig } from "./sample-images.ts";

const [container, machine, made] = ["00000001", "00000002", "00000003"] as unknown as [
  InstanceId,
  InstanceId,
  InstanceId,
];
const [kept, taken] = ["0000000a", "0000000b"] as unknown as [SnapshotId, SnapshotId];
const [volume, copied] = ["00000011", "00000012"] as unknown as [VolumeId, VolumeId];
const ids: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
const mebibyte = 2 ** 20;
const never = new AbortController().signal;

/** Bytes that are left: each is the end of another step. */
const rooms = [0, mebibyte, 6 * mebibyte];

/** The kind's pools must be small. */
export function describeFullPool(kind: PoolKind): void {
  describe(`${kind.name} on a full file system`, () => {
    let scratch: string;
    let [squashfs, tar, disk]: ImageFiles[] = [];
    let directory: string;
    let pool: PoolDriver;

    beforeAll(async () => {
      scratch = await makeScratch();
      await makeSampleTree(join(scratch, "rootfs"));
      squashfs = await makeSquashfs(join(scratch, "rootfs"), join(scratch, "root.squashfs"));
      tar = await makeTar(join(scratch, "rootfs"), join(scratch, "root.tar.zst"), "--zstd");
      disk = await makeDisk({ directory: scratch, grubConfig: sampleGrubConfig, compressed: true });
    });
    afterAll(() => rm(scratch, { recursive: true, force: true }));
    beforeEach(async () => {
      directory = await makeScratch();
      await kind.make(directory);
      pool = kind.open(directory);
      await fillWithRoots();
    });
    afterEach(() => removeLodgeDir(kind, directory));

    const image = (id: InstanceId) => (id === machine ? disk : squashfs) as ImageFiles;
    const request = (id: InstanceId, of = id): RootRequest => {
      const { type, fingerprint } = image(of);
      return { id, type, fingerprint };
    };

    /** Each root has more than its snapshot, and 5 MiB of its own. */
    async function fillWithRoots(): Promise<void> {
      for (const id of [container, machine]) {
        await pool.unpackImage(image(id), () => undefined, never);
        await pool.createRoot(request(id));
        await write(id, "A");
        await pool.snapshots.create({ root: id, snapshot: kept });
        await write(id, "B");
      }
      const { path } = await pool.prepareRoot(request(container), ids);
      await inside(ids, 0, `head -c 5M /dev/urandom > ${path}/bulk`);
      await pool.settleRoot(container);
      await pool.volumes?.create({ id: volume, content: "block", size: 8 * mebibyte });
      const at = (await pool.volumes?.path(volume)) ?? "";
      await run("dd", ["if=/dev/urandom", `of=${at}`, "bs=1M", "count=5", "conv=notrunc"]);
    }

    async function write(id: InstanceId, letter: string): Promise<void> {
      await writeLetter(await pool.prepareRoot(request(id), ids), letter);
      await pool.settleRoot(id);
    }

    async function read(id: InstanceId): Promise<string> {
      const letter = await readLetter(await pool.prepareRoot(request(id), ids));
      await pool.settleRoot(id);
      return letter;
    }

    const ballast = () => join(directory, "pools/default/ballast");
    /** Leaves so much to root, too. */
    async function leave(bytes: number): Promise<void> {
      await run("sync", ["--file-system", join(directory, "pools/default")]);
      const { bsize, bfree } = await statfs(join(directory, "pools/default"));
      const size = bfree * bsize - bytes;
      await run("fallocate", ["--length", `${size}`, ballast()]).catch(() => undefined);
      if (bytes === 0) await run("dd", ["if=/dev/zero", `of=${ballast()}.rest`, "bs=4k"]).catch(() => undefined);
    }
    const makeRoom = async () => {
      for (const file of [ballast(), `${ballast()}.rest`]) await rm(file, { force: true });
      await run("sync", ["--file-system", join(directory, "pools/default")]);
    };

    /** By name: what is done, and how it is taken back. */
    const deeds: Readonly<Record<string, readonly [() => Promise<unknown>, () => Promise<unknown>]>> = {
      "unpack an image": [
        () => pool.unpackImage(tar as ImageFiles, () => undefined, never),
        () => pool.removeImage((tar as ImageFiles).fingerprint),
      ],
      "create a container": [() => pool.createRoot(request(made, container)), () => pool.removeRoot(made)],
      "create a machine": [() => pool.createRoot(request(made, machine)), () => pool.removeRoot(made)],
      "copy a container": [
        () => pool.copyRoot({ from: container }, request(made, container)),
        () => pool.removeRoot(made),
      ],
      "copy a snapshot": [
        () => pool.copyRoot({ from: container, snapshot: kept }, request(made, container)),
        () => pool.removeRoot(made),
      ],
      "copy a machine": [() => pool.copyRoot({ from: machine }, request(made, machine)), () => pool.removeRoot(made)],
      "snapshot a container": [
        () => pool.snapshots.create({ root: container, snapshot: taken }),
        () => pool.snapshots.remove({ root: container, snapshot: taken }),
      ],
      "snapshot a machine": [
        () => pool.snapshots.create({ root: machine, snapshot: taken }),
        () => pool.snapshots.remove({ root: machine, snapshot: taken }),
      ],
      "keep a state": [
        () => pool.states.create({ root: machine, state: "0000000c" as StateId }, 32 * mebibyte),
        () => pool.states.retain(machine, []),
      ],
      "create a volume": [
        () => pool.volumes?.create({ id: copied, content: "block", size: mebibyte }) ?? Promise.resolve(),
        () => pool.volumes?.remove(copied) ?? Promise.resolve(),
      ],
      "copy a volume": [
        () => pool.volumes?.create({ id: copied, content: "block" }, { kind: "volume", volume }) ?? Promise.resolve(),
        () => pool.volumes?.remove(copied) ?? Promise.resolve(),
      ],
      "snapshot a volume": [
        () => pool.volumes?.keep({ volume, snapshot: taken }) ?? Promise.resolve(),
        () => pool.volumes?.forget({ volume, snapshot: taken }) ?? Promise.resolve(),
      ],
    };
    const restores: Readonly<Record<string, InstanceId>> = { container, machine };

    /** Undefined, or the code of its failure. */
    const codeOf = (work: () => Promise<unknown>): Promise<string | undefined> =>
      work().then(
        () => undefined,
        (error: unknown) => asLodgeError(error).code,
      );

    /** All that is there, by name. */
    async function everything(): Promise<string[]> {
      const places = ["images", "layers", "roots", "volumes", `volumes/${volume}`];
      const names = places.map(async (place) =>
        (await readdir(join(directory, "pools/default", place))).map((name) => `${place}/${name}`),
      );
      return (await Promise.all(names)).flat().sort();
    }

    // A copy may put another layer under its source.
    const isNoLayer = (path: string) => !path.startsWith("layers/");
    /** As the next daemon does. */
    const reconcile = () =>
      pool.reconcile(
        new Map([container, machine].map((id) => [id, [kept]])),
        [container, machine].map((id) => image(id).fingerprint),
      );

    it("does what is asked, or says that it is full and leaves nothing; and can, once there is room", async () => {
      const before = await everything();
      const refused = new Set<string>();
      for (const room of rooms) {
        for (const [name, [work, takeBack]] of Object.entries(deeds)) {
          const what = `${name} with ${room} bytes`;
          await leave(room);
          const code = await codeOf(work);
          expect([undefined, "pool_full"], what).toContain(code);
          if (code !== undefined) refused.add(name);
          const after = await everything();
          await makeRoom();
          if (code === undefined) await takeBack();
          else {
            expect(after.filter(isNoLayer), what).toEqual(before.filter(isNoLayer));
            await reconcile();
            expect(await everything(), what).toEqual(after);
          }
          expect([await read(container), await read(machine)], what).toEqual(["B", "B"]);
        }
      }
      // Instant copies take next to nothing.
      expect([...refused]).toEqual(expect.arrayContaining(["unpack an image", "keep a state", "create a machine"]));
      for (const [work, takeBack] of Object.values(deeds)) {
        await work();
        await takeBack();
      }
    });

    it.each(Object.keys(restores))("restores a %s, or leaves it as it was", async (name) => {
      const id = restores[name] as InstanceId;
      for (const room of rooms) {
        await write(id, "B");
        await leave(room);
        const code = await codeOf(() => pool.snapshots.restore(request(id), kept));
        expect([undefined, "pool_full"], `${room}`).toContain(code);
        await makeRoom();
        expect(await read(id), `${room}`).toBe(code === undefined ? "A" : "B");
      }
      await pool.snapshots.restore(request(id), kept);
      expect(await read(id)).toBe("A");
    });

    it("lets go of what is deleted", async () => {
      await leave(0);
      await writeFile(join(directory, "pools/default/rest"), "x").catch(() => undefined);
      await pool.removeRoot(container);
      await pool.removeRoot(machine);
      await pool.volumes?.remove(volume);
      await rm(join(directory, "pools/default/rest"), { force: true });
      expect((await everything().catch(() => [])).filter((path) => path.startsWith("roots/"))).toEqual([]);
    });
  });
}
