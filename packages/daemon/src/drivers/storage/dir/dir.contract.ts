/** The `dir` pool on the file system of /tmp; needs root. */
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { IdRange, InstanceId, SnapshotId } from "@lodge/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../../system/run.ts";
import { describeFilePool } from "../file-pool/testing/describe-file-pool.ts";
import { describeFileSnapshots } from "../file-pool/testing/describe-file-snapshots.ts";
import { describeFileVolumes } from "../file-pool/testing/describe-file-volumes.ts";
import { inside, makeScratch, removeLodgeDir } from "../file-pool/testing/pool-host.ts";
import { makeSampleTree, makeSquashfs } from "../file-pool/testing/sample-images.ts";
import { dirKind } from "./testing/dir-kind.ts";

const ids: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
const never = new AbortController().signal;

describeFilePool(dirKind);
describeFileSnapshots(dirKind);
describeFileVolumes(dirKind);

describe("unpacking where there is little room", () => {
  it("refuses what will not fit, and removes what turned out not to fit", async () => {
    const [directory, scratch] = [await makeScratch(), await makeScratch()];
    onTestFinished(() => removeLodgeDir(dirKind, directory));
    onTestFinished(() => rm(scratch, { recursive: true }));
    const pool = dirKind.open(directory);
    const root = join(directory, "pools");
    await run("install", ["-d", root]);
    await run("mount", ["-t", "tmpfs", "-o", "size=4m", "lodge-test", root]);
    const content = join(scratch, "large/etc");
    await run("install", ["-d", content]);
    await writeFile(join(content, "text"), "every line is the same\n".repeat(400_000));
    const dense = await makeSquashfs(join(scratch, "large"), join(scratch, "large.squashfs"));
    await expect(pool.unpackImage(dense, () => undefined, never)).rejects.toMatchObject({
      code: "pool_full",
      message: expect.stringMatching(/ran full; what had been written was removed/),
    });
    expect(await readdir(join(root, "default/images"))).toEqual([]);
    const plain = join(scratch, "large.tar");
    await run("tar", ["--create", `--file=${plain}`, `--directory=${join(scratch, "large")}`, "."]);
    await expect(pool.unpackImage({ ...dense, rootfs: plain }, () => undefined, never)).rejects.toMatchObject({
      code: "pool_full",
      message: expect.stringMatching(/needs about 9 MiB in .*, where \d MiB are free/),
    });
    expect(await readdir(join(root, "default/images"))).toEqual([]);
  });
});

describe("a container's snapshot", () => {
  it("is shown as it was, over its image, and nothing is left when it is shown no more", async () => {
    const [directory, scratch] = [await makeScratch(), await makeScratch()];
    onTestFinished(() => removeLodgeDir(dirKind, directory));
    onTestFinished(() => rm(scratch, { recursive: true }));
    const pool = dirKind.open(directory);
    await makeSampleTree(join(scratch, "rootfs"));
    const image = await makeSquashfs(join(scratch, "rootfs"), join(scratch, "root.squashfs"));
    await pool.unpackImage(image, () => undefined, never);
    const request = { id: "00000001" as InstanceId, type: image.type, fingerprint: image.fingerprint };
    await pool.createRoot(request);
    const root = (await pool.prepareRoot(request, ids)).path;
    await inside(ids, 0, `cd ${root}; rm -r etc/sub; mv bin bin2; echo then > word`);
    const snapshot = { root: request.id, snapshot: "0000000a" as SnapshotId };
    await pool.snapshots.create(snapshot);
    await inside(ids, 0, `cd ${root}; echo now > word`);
    const roots = await readdir(join(directory, "pools/default/roots"));
    const shown = await pool.snapshots.show?.(snapshot, { base: 0, size: 65_536, owner: 0 });
    const path = shown?.root.path ?? "";
    expect(await readFile(join(path, "word"), "utf8")).toBe("then\n");
    expect(await readdir(path)).not.toContain("bin");
    expect(await stat(join(path, "bin2"))).toMatchObject({ uid: 0 });
    await expect(writeFile(join(path, "word"), "x")).rejects.toThrow("EROFS");
    await shown?.[Symbol.asyncDispose]();
    expect(await readdir(join(directory, "pools/default/roots"))).toEqual(roots);
    expect(await pool.snapshots.show?.(snapshot, ids)).toBeUndefined();
  });
});
