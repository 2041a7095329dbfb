/** Layers of VMs' disks in a pool on a file system: who reads them, live ones, and how chains become short. Needs root. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, normalize } from "node:path";
import type { DiskRoot, LiveDisk, LiveRoot, SnapshotId } from "@lodge/core";
import { describe, expect, it } from "vitest";
import { run } from "../../../../system/run.ts";
import { asQemu, type PoolKind, readLetter, writeLetter } from "./pool-host.ts";
import { first, ids, never, one, otherIds, requestFor, second, two, useFilePool } from "./use-file-pool.ts";

export function describeDiskLayers(kind: PoolKind): void {
  describe(`${kind.name} and its layers`, () => {
    const test = useFilePool(kind);

    describe("a VM's disks", () => {
      const prepare = async (id = one, range = ids) =>
        (await test.pool.prepareRoot(requestFor(test.disk, id), range)) as DiskRoot;

      it("are read by its own QEMU alone, and only while it may run", async () => {
        await test.create(test.disk);
        await writeLetter(await prepare(), "a");
        await test.pool.snapshots.create({ root: one, snapshot: first });
        const { path, overlays } = await prepare();
        expect(overlays).toBe(2);
        const [{ uid }, sealed] = [await stat(path), await sealedLayer(path)];
        expect(uid).toBe(ids.base);
        await asQemu(ids.base, path, "-r", "-c", "read -P 97 12M 64k");
        await expect(asQemu(otherIds.base, sealed, "-r", "-c", "read 0 1")).rejects.toThrow(/Permission denied/);
        await expect(asQemu(ids.base, sealed, "-c", "write 0 1")).rejects.toThrow(/Permission denied/);
        await test.pool.settleRoot(one);
        await expect(asQemu(ids.base, sealed, "-r", "-c", "read 0 1")).rejects.toThrow(/Permission denied/);
      });

      /** The layer under the top. */
      async function sealedLayer(path: string): Promise<string> {
        const info = JSON.parse(await run("qemu-img", ["info", "-U", "--output=json", path]));
        return normalize(info["full-backing-filename"]);
      }

      it("are shared by copies, whose QEMUs read them both", async () => {
        await test.create(test.disk);
        await writeLetter(await prepare(), "a");
        await test.pool.copyRoot({ from: one }, requestFor(test.disk, two));
        const [mine, theirs] = [await prepare(one, ids), await prepare(two, otherIds)];
        expect(await sealedLayer(mine.path)).toBe(await sealedLayer(theirs.path));
        expect([await readLetter(mine), await readLetter(theirs)]).toEqual(["a", "a"]);
        await test.pool.settleRoot(one);
        expect(await readLetter(theirs)).toBe("a");
        await writeLetter(theirs, "b");
        expect(await readLetter(await prepare(one, ids))).toBe("a");
      });

      it("stay few when nothing was written between two copies or snapshots", async () => {
        await test.create(test.disk);
        await writeLetter(await prepare(), "a");
        for (const snapshot of [first, second]) await test.pool.snapshots.create({ root: one, snapshot });
        await test.pool.copyRoot({ from: one }, requestFor(test.disk, two));
        expect(await test.layers()).toHaveLength(3);
        expect((await prepare()).overlays).toBe(2);
      });

      it("are one again when its snapshots are gone", async () => {
        await test.create(test.disk);
        for (const snapshot of [first, second]) {
          await writeLetter(await prepare(), "a");
          await test.pool.snapshots.create({ root: one, snapshot });
        }
        expect((await prepare()).overlays).toBe(3);
        for (const snapshot of [first, second]) await test.pool.snapshots.remove({ root: one, snapshot });
        await compact();
        const { path, overlays } = await prepare();
        expect(overlays).toBe(1);
        expect(await test.layers()).toHaveLength(1);
        expect(await readLetter(await prepare())).toBe("a");
        await run("qemu-img", ["check", "-q", path]);
      });

      const compact = (live?: LiveRoot) =>
        test.pool.snapshots.compact?.(
          one,
          () => live,
          () => undefined,
          never,
        );

      it("come with what the machine keeps beside them: kept, restored, copied, made anew", async () => {
        await test.create(test.disk);
        const variables = async (id = one, range = ids) => join((await prepare(id, range)).state, "variables");
        await writeFile(await variables(), "first");
        await test.pool.snapshots.create({ root: one, snapshot: first });
        await writeFile(await variables(), "second");
        await test.pool.copyRoot({ from: one, snapshot: first }, requestFor(test.disk, two));
        expect(await readFile(await variables(two, otherIds), "utf8")).toBe("first");
        // Nothing was written to the disk; this alone makes another snapshot.
        await test.pool.snapshots.create({ root: one, snapshot: second });
        await test.pool.snapshots.restore(requestFor(test.disk), first);
        expect(await readFile(await variables(), "utf8")).toBe("first");
        await test.pool.snapshots.restore(requestFor(test.disk), second);
        expect(await readFile(await variables(), "utf8")).toBe("second");
        await test.pool.snapshots.remove({ root: one, snapshot: first });
        await test.pool.snapshots.remove({ root: one, snapshot: second });
        await test.pool.replaceRoot(requestFor(test.disk));
        expect(await readdir((await prepare()).state)).toEqual([]);
      });

      it("are not followed to a file that is none of the pool's", async () => {
        await test.create(test.disk);
        const { path } = await prepare();
        await run("qemu-img", ["rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/shadow", path]);
        await expect(prepare()).rejects.toMatchObject({ code: "pool_failed", message: /none of its pool's/ });
        await expect(test.pool.copyRoot({ from: one }, requestFor(test.disk, two))).rejects.toMatchObject({
          code: "pool_failed",
        });
        await test.pool.removeRoot(one);
        expect(await test.layers()).toEqual([]);
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
        await test.create(test.disk);
        return new FakeRun((await prepare()).path);
      }

      it("of a VM that runs are switched, and merged by it", async () => {
        const vm = await running();
        await vm.write("a");
        await test.pool.snapshots.create({ root: one, snapshot: first }, vm.live);
        await vm.write("b");
        await test.pool.snapshots.create({ root: one, snapshot: second }, vm.live);
        await vm.write("c");
        await test.pool.snapshots.remove({ root: one, snapshot: first });
        await compact(vm.live);
        expect(vm.pulls).toHaveLength(1);
        expect(await test.layers()).toHaveLength(2);
        await expect(asQemu(ids.base, vm.pulls[0] ?? "", "-c", "read 0 1")).rejects.toThrow(/Permission denied/);
        await test.pool.snapshots.remove({ root: one, snapshot: second });
        await compact(vm.live);
        expect(vm.pulls[1]).toBe(vm.path);
        expect(await readLetter(await prepare())).toBe("c");
        expect((await prepare()).overlays).toBe(1);
      });

      /** As a run that has ended. */
      async function write(letter: string): Promise<void> {
        await writeLetter(await prepare(), letter);
        await test.pool.settleRoot(one);
      }

      /** As many snapshots as make the chain too long, each of another letter. */
      async function keepTooMany(writing: (letter: string) => Promise<void>, live?: LiveRoot) {
        const kept = new Map<SnapshotId, string>();
        const { most = 0 } = (await test.pool.snapshots.chain?.(one)) ?? {};
        for (let round = 0; round <= most; round++) {
          const letter = String.fromCharCode(97 + (round % 26));
          await writing(letter);
          const snapshot = (0x100 + round).toString(16).padStart(8, "0") as SnapshotId;
          await test.pool.snapshots.create({ root: one, snapshot }, live);
          kept.set(snapshot, letter);
        }
        expect((await test.pool.snapshots.chain?.(one))?.layers).toBeGreaterThan(most);
        return { kept, most };
      }

      async function expectKept(kept: ReadonlyMap<SnapshotId, string>): Promise<void> {
        for (const [snapshot, letter] of kept) {
          await test.pool.copyRoot({ from: one, snapshot }, requestFor(test.disk, two));
          expect(await readLetter(await prepare(two, otherIds))).toBe(letter);
          await test.pool.removeRoot(two);
        }
      }

      it("are made few again when many snapshots are kept, of a machine that runs", async () => {
        const vm = await running();
        const { kept, most } = await keepTooMany((letter) => vm.write(letter), vm.live);
        await vm.write("Z");
        await compact(vm.live);
        expect(vm.pulls).toEqual([vm.path]);
        expect((await test.pool.snapshots.chain?.(one))?.layers).toBeLessThanOrEqual(most / 2);
        expect(await readLetter(await prepare())).toBe("Z");
        await expectKept(kept);
      }, 120_000);

      it("are made few of a copy of copies too, and nothing that others stand on is written to", async () => {
        await test.create(test.disk);
        const { kept, most } = await keepTooMany(write);
        await write("Z");
        await test.pool.copyRoot({ from: one }, requestFor(test.disk, two));
        const others = await Promise.all((await test.layers()).map(contentOf));
        await test.pool.snapshots.compact?.(
          two,
          () => undefined,
          () => undefined,
          never,
        );
        expect((await test.pool.snapshots.chain?.(two))?.layers).toBeLessThanOrEqual(most / 2);
        expect((await test.pool.snapshots.chain?.(one))?.layers).toBeGreaterThan(most);
        const after = new Set(await Promise.all((await test.layers()).map(contentOf)));
        expect(others.filter((content) => !after.has(content))).toHaveLength(1);
        expect(await readLetter(await prepare(two, otherIds))).toBe("Z");
        await test.pool.removeRoot(two);
        await expectKept(kept);
      }, 120_000);

      /** Of a layer. */
      async function contentOf(layer: string): Promise<string> {
        const content = await readFile(join(test.directory, "pools/default/layers", layer, "disk.qcow2"));
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
        const compacting = test.pool.snapshots.compact?.(
          one,
          () => ({ ...vm.live, disk: slow }),
          () => undefined,
          never,
        );
        await pulling.promise;
        await test.pool.snapshots.create({ root: one, snapshot: first }, vm.live);
        expect(await compacting).toBe(false);
        await compact(vm.live);
        expect((await test.pool.snapshots.chain?.(one))?.layers).toBeLessThanOrEqual(most / 2);
        await expectKept(kept);
      }, 120_000);

      it("are as they were when the merging is killed in the middle, and are made few by the next daemon", async () => {
        await test.create(test.disk);
        const { kept, most } = await keepTooMany(write);
        await write("Z");
        const top = (await prepare()).path;
        await test.pool.settleRoot(one);
        for (const after of [5, 15, 30]) {
          const args = ["rebase", "-q", "-f", "qcow2", "-F", "qcow2", "-b", await imageOf(top), top];
          const rebasing = spawn("qemu-img", args, { stdio: "ignore" });
          setTimeout(() => rebasing.kill("SIGKILL"), after);
          await once(rebasing, "close");
          test.reopen();
          await test.pool.reconcile(new Map([[one, [...kept.keys()]]]), []);
          expect(await readLetter(await prepare())).toBe("Z");
          await run("qemu-img", ["check", "-q", "-f", "qcow2", top]).catch((error: Error) =>
            expect(error.message).not.toMatch(/errors were found|corrupt/),
          );
          await test.pool.settleRoot(one);
        }
        await compact();
        expect((await test.pool.snapshots.chain?.(one))?.layers).toBeLessThanOrEqual(most / 2);
        expect(await readLetter(await prepare())).toBe("Z");
        await test.pool.settleRoot(one);
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
        await expect(test.pool.snapshots.create({ root: one, snapshot: first }, vm.live)).rejects.toThrow("not switch");
        expect(await test.layers()).toHaveLength(1);
        expect(await test.pool.snapshots.usage(one)).toEqual(new Map());
        await vm.write("a");
        expect((await prepare()).path).toBe(vm.path);
      });

      it("lose nothing when the daemon dies before the run switches, and the next one goes on", async () => {
        const vm = await running();
        await vm.write("a");
        const dies = { still: () => new Promise<never>(() => undefined), disk: vm };
        const reached = Promise.withResolvers<void>();
        const live = { ...dies, still: () => (reached.resolve(), dies.still()) };
        void test.pool.snapshots.create({ root: one, snapshot: first }, live);
        await reached.promise;
        test.reopen();
        await test.pool.reconcile(new Map([[one, []]]), []);
        await vm.write("b");
        expect(await readLetter(await prepare())).toBe("b");
        await test.pool.snapshots.create({ root: one, snapshot: second }, vm.live);
        await vm.write("c");
        await test.pool.snapshots.restore(requestFor(test.disk), second);
        expect(await readLetter(await prepare())).toBe("b");
      });
    });
  });
}
