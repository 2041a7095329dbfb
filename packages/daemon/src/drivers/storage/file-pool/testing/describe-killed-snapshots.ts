/** Snapshots of a pool on a file system under a daemon that is killed. Needs root. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageFiles, SnapshotId } from "@lodge/core";
import { describe, expect, it, vi } from "vitest";
import { type PoolKind, readLetter } from "./pool-host.ts";
import type { LoadStep } from "./snapshot-load.ts";
import { ids, one, requestFor, useFilePool } from "./use-file-pool.ts";

export function describeKilledSnapshots(kind: PoolKind): void {
  describe(`${kind.name} and its snapshots`, () => {
    const test = useFilePool(kind);

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
