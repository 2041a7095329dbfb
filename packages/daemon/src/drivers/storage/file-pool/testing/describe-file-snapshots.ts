/** Snapshots of a pool on a file system: files and their owners, and sudden ends. Needs root. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DirectoryRoot, ImageFiles, LiveRoot, SnapshotId } from "@lodge/core";
import { describe, expect, it, vi } from "vitest";
import { inside, type PoolKind, readLetter, writeLetter } from "./pool-host.ts";
import type { LoadStep } from "./snapshot-load.ts";
import { first, ids, one, otherIds, requestFor, two, useFilePool } from "./use-file-pool.ts";

export function describeFileSnapshots(kind: PoolKind): void {
  describe(`${kind.name} and its snapshots`, () => {
    const test = useFilePool(kind);

    describe("a container's snapshot", () => {
      it("keeps what is easily lost: removed and replaced files, links, holes, capabilities", async () => {
        await test.create(test.squashfs);
        const root = ((await test.pool.prepareRoot(requestFor(test.squashfs), ids)) as DirectoryRoot).path;
        await inside(
          ids,
          0,
          `cd ${root}; rm etc/owned; rm -r etc/sub; mkdir etc/sub; mv bin bin2; touch new; chmod 4711 new`,
        );
        await inside(ids, 0, `cd ${root}; printf linked > a; ln a b; truncate -s 64M a`);
        await test.pool.snapshots.create({ root: one, snapshot: first });
        await inside(ids, 0, `cd ${root}; rm -r etc bin2 new var`);
        await test.pool.settleRoot(one);
        await test.pool.snapshots.restore(requestFor(test.squashfs), first);
        const again = ((await test.pool.prepareRoot(requestFor(test.squashfs), otherIds)) as DirectoryRoot).path;
        expect(await readdir(join(again, "etc"))).toEqual(["link", "sub"]);
        expect(await readdir(join(again, "etc/sub"))).toEqual([]);
        expect(await stat(join(again, "new"))).toMatchObject({ uid: otherIds.base, mode: 0o104711 });
        expect(await inside(otherIds, 1, `${again}/bin2/cat /proc/self/status`)).toMatch(/CapEff:\t0000000000002000/);
        const [a, b] = await Promise.all([stat(join(again, "a")), stat(join(again, "b"))]);
        expect(a).toMatchObject({ size: 64 * 2 ** 20, nlink: 2, ino: b.ino });
        expect(a.blocks).toBeLessThan(100);
      });

      it("of one that runs is made while it is still", async () => {
        await test.create(test.squashfs);
        const root = await test.pool.prepareRoot(requestFor(test.squashfs), ids);
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
        await test.pool.snapshots.create({ root: one, snapshot: first }, live);
        await test.pool.copyRoot({ from: one, live }, requestFor(test.squashfs, two));
        expect(seen).toHaveLength(2);
        await test.pool.settleRoot(one);
        await test.pool.snapshots.restore(requestFor(test.squashfs), first);
        expect(await readLetter(await test.pool.prepareRoot(requestFor(test.squashfs), ids))).toBe("a");
        expect(await readLetter(await test.pool.prepareRoot(requestFor(test.squashfs, two), otherIds))).toBe("b");
      });

      it("leaves nothing when the copying fails", async () => {
        await test.create(test.squashfs);
        const live: LiveRoot = { still: () => Promise.reject(new Error("it would not hold still")) };
        await expect(test.pool.snapshots.create({ root: one, snapshot: first }, live)).rejects.toThrow("hold still");
        expect(await test.layers()).toEqual([]);
        expect(await test.pool.snapshots.usage(one)).toEqual(new Map());
      });
    });

    describe.each(["container", "virtual-machine"] as const)("a daemon that is killed at any instant (%s)", (type) => {
      const rounds = 4;
      it("leaves roots and snapshots whole", async () => {
        const image = type === "container" ? test.squashfs : test.disk;
        await test.create(image);
        for (let round = 0; round < rounds; round++) {
          const steps = await loadUntilKilled(image, 250 + 250 * round);
          test.reopen();
          await expectWhole(image, steps);
          await test.pool.reconcile(new Map([[one, []]]), []);
        }
      }, 180_000);

      /** Runs the load and kills it so many milliseconds after its first step. */
      async function loadUntilKilled({ fingerprint }: ImageFiles, after: number): Promise<LoadStep[]> {
        const args = ["--conditions=@lodge/source", fileURLToPath(kind.load), test.directory, type, fingerprint];
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
        await test.pool.reconcile(new Map([[one, [...snapshots.keys()]]]), []);
        const root = await test.pool.prepareRoot(requestFor(image), ids);
        // A program that the killed one had begun dies a little later, and locks the disk until then.
        const found = await vi.waitFor(() => readLetter(root), { timeout: 10_000 });
        expect(["", before?.letter, last?.letter]).toContain(found);
        await test.pool.settleRoot(one);
        for (const [snapshot, letter] of snapshots) {
          await test.pool.snapshots.restore(requestFor(image), snapshot);
          expect(await readLetter(await test.pool.prepareRoot(requestFor(image), ids))).toBe(letter);
          await test.pool.settleRoot(one);
        }
        for (const place of ["layers", "roots"]) {
          const halfMade = async () =>
            (await readdir(join(test.directory, "pools/default", place))).filter((name) => name.startsWith("."));
          // What was replaced goes in the background.
          await expect.poll(halfMade, { timeout: 10_000 }).toEqual([]);
        }
      }
    });
  });
}
