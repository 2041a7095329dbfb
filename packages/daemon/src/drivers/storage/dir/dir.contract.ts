/** The `dir` pool on the file system of /tmp; needs root. */
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../../system/run.ts";
import { describeFilePool } from "../file-pool/testing/describe-file-pool.ts";
import { describeFileSnapshots } from "../file-pool/testing/describe-file-snapshots.ts";
import { describeFileVolumes } from "../file-pool/testing/describe-file-volumes.ts";
import { makeScratch, removeLodgeDir } from "../file-pool/testing/pool-host.ts";
import { makeSquashfs } from "../file-pool/testing/sample-images.ts";
import { dirKind } from "./testing/dir-kind.ts";

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
