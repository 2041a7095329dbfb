/** Snapshots of a pool on a file system: files and their owners, live disks, sudden ends. Needs root. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  DirectoryRoot,
  DiskRoot,
  IdRange,
  ImageFiles,
  InstanceId,
  LiveDisk,
  LiveRoot,
  PoolDriver,
  RootRequest,
  SnapshotId,
} from "@lodge/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../../../system/run.ts";
import { asQemu, inside, makeScratch, type PoolKind, readLetter, removeLodgeDir, writeLetter } from "./pool-host.ts";
import { makeDisk, makeSampleTree, makeSquashfs, sampleGrubConfig } from "./sample-images.ts";
import type { LoadStep } from "./snapshot-load.ts";

const one = "00000001" as InstanceId;
const two = "00000002" as InstanceId;
const ids: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
const otherIds: IdRange = { base: 2_065_536, size: 65_536, owner: 2_065_536 };
const [first, second] = ["0000000a", "0000000b"] as [SnapshotId, SnapshotId];
const never = new AbortController().signal;

export function describeFileSnapshots(kind: PoolKind): void {
  describe(`${kind.name} and its snapshots`, () => {
    let scratch: string;
    let squashfs: ImageFiles;
    let disk: ImageFiles;
    let directory: string;
    let pool: PoolDriver;

    beforeAll(async () => {
      scratch = await makeScratch();
      await makeSampleTree(join(scratch, "rootfs"));
      squashfs = await makeSquashfs(join(scratch, "rootfs"), join(scratch, "root.squashfs"));
      disk = await makeDisk({ directory: scratch, grubConfig: sampleGrubConfig, compressed: false });
    });
    afterAll(() => rm(scratch, { recursive: true, force: true }));
    beforeEach(async () => {
      directory = await makeScratch();
      await kind.make(directory);
      pool = kind.open(directory);
      onTestFinished(() => removeLodgeDir(kind, directory));
    });

    const requestFor = ({ type, fingerprint }: ImageFiles, id = one): RootRequest => ({ id, type, fingerprint });

    async function create(image: ImageFiles): Promise<void> {
      await pool.unpackImage(image, () => undefined, never);
      await pool.createRoot(requestFor(image));
    }

    const layers = () => readdir(join(directory, "pools/default/layers"));

    describe("a container's snapshot", () => {
      it("keeps what is easily lost: removed and replaced files, links, holes, capabilities", async () => {
        await create(squashfs);
        const root = ((await pool.prepareRoot(requestFor(squashfs), ids)) as DirectoryRoot).path;
        await inside(
          ids,
          0,
          `cd ${root}; rm etc/owned; rm -r etc/sub; mkdir etc/sub; mv bin bin2; touch new; chmod 4711 new`,
        );
        await inside(ids, 0, `cd ${root}; printf linked > a; ln a b; truncate -s 64M a`);
        await pool.snapshots.create({ root: one, snapshot: first });
        await inside(ids, 0, `cd ${root}; rm -r etc bin2 new var`);
        await pool.settleRoot(one);
        await pool.snapshots.restore(requestFor(squashfs), first);
        const again = ((await pool.prepareRoot(requestFor(squashfs), otherIds)) as DirectoryRoot).path;
        expect(await readdir(join(again, "etc"))).toEqual(["link", "sub"]);
        expect(await readdir(join(again, "etc/sub"))).toEqual([]);
        expect(await stat(join(again, "new"))).toMatchObject({ uid: otherIds.base, mode: 0o104711 });
        expect(await inside(otherIds, 1, `${again}/bin2/cat /proc/self/status`)).toMatch(/CapEff:\t0000000000002000/);
        const [a, b] = await Promise.all([stat(join(again, "a")), stat(join(again, "b"))]);
        expect(a).toMatchObject({ size: 64 * 2 ** 20, nlink: 2, ino: b.ino });
        expect(a.blocks).toBeLessThan(100);
      });

      it("of one that runs is made while it is still", async () => {
        await create(squashfs);
        const root = await pool.prepareRoot(requestFor(squashfs), ids);
        await writeLetter(root, "a");
        const seen: string[] = [];
        const live: LiveRoot = {
          still: async (work) => {
            seen.push("frozen");
            const result = await work();
            await writeLetter(root, "b");
            return result;
          },
        };
        await pool.snapshots.create({ root: one, snapshot: first }, live);
        await pool.copyRoot({ from: one, live }, requestFor(squashfs, two));
        expect(seen).toHaveLength(2);
        await pool.settleRoot(one);
        await pool.snapshots.restore(requestFor(squashfs), first);
        expect(await readLetter(await pool.prepareRoot(requestFor(squashfs), ids))).toBe("a");
        expect(await readLetter(await pool.prepareRoot(requestFor(squashfs, two), otherIds))).toBe("b");
      });

      it("leaves nothing when the copying fails", async () => {
        await create(squashfs);
        const live: LiveRoot = { still: () => Promise.reject(new Error("it would not hold still")) };
        await expect(pool.snapshots.create({ root: one, snapshot: first }, live)).rejects.toThrow("hold still");
        expect(await layers()).toEqual([]);
        expect(await pool.snapshots.usage(one)).toEqual(new Map());
      });
    });

    describe("a VM's disks", () => {
      const prepare = async (id = one, range = ids) =>
        (await pool.prepareRoot(requestFor(disk, id), range)) as DiskRoot;

      it("are read by its own QEMU alone, and only while it may run", async () => {
        await create(disk);
        await writeLetter(await prepare(), "a");
        await pool.snapshots.create({ root: one, snapshot: first });
        const { path, overlays } = await prepare();
        expect(overlays).toBe(2);
        const [{ uid }, sealed] = [await stat(path), await sealedLayer(path)];
        expect(uid).toBe(ids.base);
        await asQemu(ids.base, path, "-r", "-c", "read -P 97 12M 64k");
        await expect(asQemu(otherIds.base, sealed, "-r", "-c", "read 0 1")).rejects.toThrow(/Permission denied/);
        await expect(asQemu(ids.base, sealed, "-c", "write 0 1")).rejects.toThrow(/Permission denied/);
        await pool.settleRoot(one);
        await expect(asQemu(ids.base, sealed, "-r", "-c", "read 0 1")).rejects.toThrow(/Permission denied/);
      });

      /** The layer under the top. */
      async function sealedLayer(path: string): Promise<string> {
        const info = JSON.parse(await run("qemu-img", ["info", "-U", "--output=json", path]));
        return normalize(info["full-backing-filename"]);
      }

      it("are shared by copies, whose QEMUs read them both", async () => {
        await create(disk);
        await writeLetter(await prepare(), "a");
        await pool.copyRoot({ from: one }, requestFor(disk, two));
        const [mine, theirs] = [await prepare(one, ids), await prepare(two, otherIds)];
        expect(await sealedLayer(mine.path)).toBe(await sealedLayer(theirs.path));
        expect([await readLetter(mine), await readLetter(theirs)]).toEqual(["a", "a"]);
        await pool.settleRoot(one);
        expect(await readLetter(theirs)).toBe("a");
        await writeLetter(theirs, "b");
        expect(await readLetter(await prepare(one, ids))).toBe("a");
      });

      it("stay few when nothing was written between two copies or snapshots", async () => {
        await create(disk);
        await writeLetter(await prepare(), "a");
        for (const snapshot of [first, second]) await pool.snapshots.create({ root: one, snapshot });
        await pool.copyRoot({ from: one }, requestFor(disk, two));
        expect(await layers()).toHaveLength(3);
        expect((await prepare()).overlays).toBe(2);
      });

      it("are one again when its snapshots are gone", async () => {
        await create(disk);
        for (const snapshot of [first, second]) {
          await writeLetter(await prepare(), "a");
          await pool.snapshots.create({ root: one, snapshot });
        }
        expect((await prepare()).overlays).toBe(3);
        for (const snapshot of [first, second]) await pool.snapshots.remove({ root: one, snapshot });
        await compact();
        const { path, overlays } = await prepare();
        expect(overlays).toBe(1);
        expect(await layers()).toHaveLength(1);
        expect(await readLetter(await prepare())).toBe("a");
        await run("qemu-img", ["check", "-q", path]);
      });

      const compact = (live?: LiveRoot) =>
        pool.snapshots.compact?.(
          one,
          () => live,
          () => undefined,
          never,
        );

      it("come with what the machine keeps beside them: kept, restored, copied, made anew", async () => {
        await create(disk);
        const variables = async (id = one, range = ids) => join((await prepare(id, range)).state, "variables");
        await writeFile(await variables(), "first");
        await pool.snapshots.create({ root: one, snapshot: first });
        await writeFile(await variables(), "second");
        await pool.copyRoot({ from: one, snapshot: first }, requestFor(disk, two));
        expect(await readFile(await variables(two, otherIds), "utf8")).toBe("first");
        // Nothing was written to the disk; this alone makes another snapshot.
        await pool.snapshots.create({ root: one, snapshot: second });
        await pool.snapshots.restore(requestFor(disk), first);
        expect(await readFile(await variables(), "utf8")).toBe("first");
        await pool.snapshots.restore(requestFor(disk), second);
        expect(await readFile(await variables(), "utf8")).toBe("second");
        await pool.snapshots.remove({ root: one, snapshot: first });
        await pool.snapshots.remove({ root: one, snapshot: second });
        await pool.replaceRoot(requestFor(disk));
        expect(await readdir((await prepare()).state)).toEqual([]);
      });

      it("are not followed to a file that is none of the pool's", async () => {
        await create(disk);
        const { path } = await prepare();
        await run("qemu-img", ["rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/shadow", path]);
        await expect(prepare()).rejects.toMatchObject({ code: "pool_failed", message: /none of its pool's/ });
        await expect(pool.copyRoot({ from: one }, requestFor(disk, two))).rejects.toMatchObject({
          code: "pool_failed",
        });
        await pool.removeRoot(one);
        expect(await layers()).toEqual([]);
      });

      /** A run that writes to a disk, as far as the pool can tell. */
      class FakeRun implements LiveDisk {
        path: string;
        refuse = false;
        readonly pulls: string[] = [];
        constructor(path: string) {
          this.path = path;
        }
        async top(): Promise<string> {
          return this.path;
        }
        async switchTo(overlay: string, from: string): Promise<void> {
          expect(from).toBe(this.path);
          if (this.refuse) throw new Error("the run would not switch");
          this.path = overlay;
        }
        async pull({ into, backing }: { into: string; backing: string }): Promise<void> {
          await asQemu((await stat(into)).uid || ids.base, into, "-c", "read 0 1");
          await run("qemu-img", ["rebase", "-q", "-f", "qcow2", "-F", "qcow2", "-b", backing, into]);
          this.pulls.push(into);
        }
        get live(): LiveRoot {
          return { still: (work) => work(), disk: this };
        }
        write(letter: string): Promise<void> {
          return writeLetter({ kind: "disk", path: this.path, format: "qcow2", overlays: 1, state: "" }, letter);
        }
      }

      async function running(): Promise<FakeRun> {
        await create(disk);
        return new FakeRun((await prepare()).path);
      }

      it("of a VM that runs are switched, and merged by it", async () => {
        const vm = await running();
        await vm.write("a");
        await pool.snapshots.create({ root: one, snapshot: first }, vm.live);
        await vm.write("b");
        await pool.snapshots.create({ root: one, snapshot: second }, vm.live);
        await vm.write("c");
        await pool.snapshots.remove({ root: one, snapshot: first });
        await compact(vm.live);
        expect(vm.pulls).toHaveLength(1);
        expect(await layers()).toHaveLength(2);
        await expect(asQemu(ids.base, vm.pulls[0] ?? "", "-c", "read 0 1")).rejects.toThrow(/Permission denied/);
        await pool.snapshots.remove({ root: one, snapshot: second });
        await compact(vm.live);
        expect(vm.pulls[1]).toBe(vm.path);
        expect(await readLetter(await prepare())).toBe("c");
        expect((await prepare()).overlays).toBe(1);
      });

      /** As many snapshots as make the chain too long, each of another letter. */
      async function keepTooMany(write: (letter: string) => Promise<void>, live?: LiveRoot) {
        const kept = new Map<SnapshotId, string>();
        const { most = 0 } = (await pool.snapshots.chain?.(one)) ?? {};
        for (let round = 0; round <= most; round++) {
          const letter = String.fromCharCode(97 + (round % 26));
          await write(letter);
          const snapshot = (0x100 + round).toString(16).padStart(8, "0") as SnapshotId;
          await pool.snapshots.create({ root: one, snapshot }, live);
          kept.set(snapshot, letter);
        }
        expect((await pool.snapshots.chain?.(one))?.layers).toBeGreaterThan(most);
        return { kept, most };
      }

      async function expectKept(kept: ReadonlyMap<SnapshotId, string>): Promise<void> {
        for (const [snapshot, letter] of kept) {
          await pool.copyRoot({ from: one, snapshot }, requestFor(disk, two));
          expect(await readLetter(await prepare(two, otherIds))).toBe(letter);
          await pool.removeRoot(two);
        }
      }

      it("are made few again when many snapshots are kept, of a machine that runs", async () => {
        const vm = await running();
        const { kept, most } = await keepTooMany((letter) => vm.write(letter), vm.live);
        await vm.write("Z");
        await compact(vm.live);
        expect(vm.pulls).toEqual([vm.path]);
        expect((await pool.snapshots.chain?.(one))?.layers).toBeLessThanOrEqual(most / 2);
        expect(await readLetter(await prepare())).toBe("Z");
        await expectKept(kept);
      }, 120_000);

      it("are made few of a copy of copies too, and nothing that others stand on is written to", async () => {
        const write = async (letter: string) => {
          await writeLetter(await prepare(), letter);
          await pool.settleRoot(one);
        };
        await create(disk);
        const { kept, most } = await keepTooMany(write);
        await write("Z");
        await pool.copyRoot({ from: one }, requestFor(disk, two));
        const others = await Promise.all((await layers()).map(contentOf));
        await pool.snapshots.compact?.(
          two,
          () => undefined,
          () => undefined,
          never,
        );
        expect((await pool.snapshots.chain?.(two))?.layers).toBeLessThanOrEqual(most / 2);
        expect((await pool.snapshots.chain?.(one))?.layers).toBeGreaterThan(most);
        const after = new Set(await Promise.all((await layers()).map(contentOf)));
        expect(others.filter((content) => !after.has(content))).toHaveLength(1);
        expect(await readLetter(await prepare(two, otherIds))).toBe("Z");
        await pool.removeRoot(two);
        await expectKept(kept);
      }, 120_000);

      /** Of a layer. */
      async function contentOf(layer: string): Promise<string> {
        const content = await readFile(join(directory, "pools/default/layers", layer, "disk.qcow2"));
        return `${layer} ${createHash("sha256").update(content).digest("hex")}`;
      }

      it("make way for what else is to be done, and are made few by the next call", async () => {
        const vm = await running();
        const { kept, most } = await keepTooMany((letter) => vm.write(letter), vm.live);
        const pulling = Promise.withResolvers<void>();
        const slow: LiveDisk = {
          top: () => vm.top(),
          switchTo: (overlay, from) => vm.switchTo(overlay, from),
          pull: (_request, _progress, signal) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener("abort", () => reject(new Error("cancelled")));
              pulling.resolve();
            }),
        };
        const compacting = pool.snapshots.compact?.(
          one,
          () => ({ ...vm.live, disk: slow }),
          () => undefined,
          never,
        );
        await pulling.promise;
        await pool.snapshots.create({ root: one, snapshot: first }, vm.live);
        expect(await compacting).toBe(false);
        await compact(vm.live);
        expect((await pool.snapshots.chain?.(one))?.layers).toBeLessThanOrEqual(most / 2);
        await expectKept(kept);
      }, 120_000);

      it("are as they were when the merging is killed in the middle, and are made few by the next daemon", async () => {
        const write = async (letter: string) => {
          await writeLetter(await prepare(), letter);
          await pool.settleRoot(one);
        };
        await create(disk);
        const { kept, most } = await keepTooMany(write);
        await write("Z");
        const top = (await prepare()).path;
        await pool.settleRoot(one);
        for (const after of [5, 15, 30]) {
          const args = ["rebase", "-q", "-f", "qcow2", "-F", "qcow2", "-b", await imageOf(top), top];
          const rebasing = spawn("qemu-img", args, { stdio: "ignore" });
          setTimeout(() => rebasing.kill("SIGKILL"), after);
          await once(rebasing, "close");
          pool = kind.open(directory);
          await pool.reconcile(new Map([[one, [...kept.keys()]]]), []);
          expect(await readLetter(await prepare())).toBe("Z");
          await run("qemu-img", ["check", "-q", "-f", "qcow2", top]).catch((error: Error) =>
            expect(error.message).not.toMatch(/errors were found|corrupt/),
          );
          await pool.settleRoot(one);
        }
        await compact();
        expect((await pool.snapshots.chain?.(one))?.layers).toBeLessThanOrEqual(most / 2);
        expect(await readLetter(await prepare())).toBe("Z");
        await pool.settleRoot(one);
        await expectKept(kept);
      }, 120_000);

      /** What all layers stand on, as a layer names it. */
      async function imageOf(path: string): Promise<string> {
        const chain = JSON.parse(await run("qemu-img", ["info", "-U", "--backing-chain", "--output=json", path]));
        return chain.at(-2)["backing-filename"];
      }

      it("are as they were when the run refuses to switch", async () => {
        const vm = await running();
        vm.refuse = true;
        await expect(pool.snapshots.create({ root: one, snapshot: first }, vm.live)).rejects.toThrow("not switch");
        expect(await layers()).toHaveLength(1);
        expect(await pool.snapshots.usage(one)).toEqual(new Map());
        await vm.write("a");
        expect((await prepare()).path).toBe(vm.path);
      });

      it("lose nothing when the daemon dies before the run switches, and the next one goes on", async () => {
        const vm = await running();
        await vm.write("a");
        const dies = { still: () => new Promise<never>(() => undefined), disk: vm };
        const reached = Promise.withResolvers<void>();
        const live = { ...dies, still: () => (reached.resolve(), dies.still()) };
        void pool.snapshots.create({ root: one, snapshot: first }, live);
        await reached.promise;
        pool = kind.open(directory);
        await pool.reconcile(new Map([[one, []]]), []);
        await vm.write("b");
        expect(await readLetter(await prepare())).toBe("b");
        await pool.snapshots.create({ root: one, snapshot: second }, vm.live);
        await vm.write("c");
        await pool.snapshots.restore(requestFor(disk), second);
        expect(await readLetter(await prepare())).toBe("b");
      });
    });

    describe.each(["container", "virtual-machine"] as const)("a daemon that is killed at any instant (%s)", (type) => {
      const rounds = 4;
      it("leaves roots and snapshots whole", async () => {
        const image = type === "container" ? squashfs : disk;
        await create(image);
        for (let round = 0; round < rounds; round++) {
          const steps = await loadUntilKilled(image, 250 + 250 * round);
          pool = kind.open(directory);
          await expectWhole(image, steps);
          await pool.reconcile(new Map([[one, []]]), []);
        }
      }, 180_000);

      /** Runs the load and kills it so many milliseconds after its first step. */
      async function loadUntilKilled({ fingerprint }: ImageFiles, after: number): Promise<LoadStep[]> {
        const args = ["--conditions=@lodge/source", fileURLToPath(kind.load), directory, type, fingerprint];
        const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
        const [output, errors] = [collect(child.stdout), collect(child.stderr)];
        await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
        setTimeout(() => child.kill("SIGKILL"), after);
        const [status, signal] = await once(child, "close");
        expect(signal, `ended with ${status}: ${errors()}`).toBe("SIGKILL");
        const lines = output().split("\n").slice(0, -1);
        return lines.map((line) => JSON.parse(line) as LoadStep);
      }

      function collect(stream: NonNullable<ChildProcess["stdout"]>): () => string {
        let text = "";
        stream.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        return () => text;
      }

      async function expectWhole(image: ImageFiles, steps: readonly LoadStep[]): Promise<void> {
        const snapshots = new Map<SnapshotId, string>();
        for (const { step, snapshot, letter = "" } of steps) {
          if (step === "kept" && snapshot) snapshots.set(snapshot, letter);
          if (step === "leaving" && snapshot) snapshots.delete(snapshot);
        }
        const [last, before] = steps.filter(({ step }) => step === "writing").toReversed();
        await pool.reconcile(new Map([[one, [...snapshots.keys()]]]), []);
        const root = await pool.prepareRoot(requestFor(image), ids);
        expect(["", before?.letter, last?.letter]).toContain(await readLetter(root));
        await pool.settleRoot(one);
        for (const [snapshot, letter] of snapshots) {
          await pool.snapshots.restore(requestFor(image), snapshot);
          expect(await readLetter(await pool.prepareRoot(requestFor(image), ids))).toBe(letter);
          await pool.settleRoot(one);
        }
        for (const place of ["layers", "roots"]) {
          const halfMade = async () =>
            (await readdir(join(directory, "pools/default", place))).filter((name) => name.startsWith("."));
          // What was replaced goes in the background.
          await expect.poll(halfMade, { timeout: 10_000 }).toEqual([]);
        }
      }
    });
  });
}
