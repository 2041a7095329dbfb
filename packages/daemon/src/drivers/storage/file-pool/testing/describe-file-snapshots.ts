/** Snapshots of a pool on a file system: files and their owners. Needs root. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DirectoryRoot, LiveRoot } from "@lodge/core";
import { describe, expect, it } from "vitest";
import { inside, type PoolKind, readLetter, writeLetter } from "./pool-host.ts";
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
  });
}
