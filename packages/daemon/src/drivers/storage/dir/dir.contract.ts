/** The `dir` pool on the file system of /tmp; needs root. */
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { IdRange, InstanceId, PoolDriver, RootRequest, SnapshotId } from "@lodge/core";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../../system/run.ts";
import { describeDiskLayers } from "../file-pool/testing/describe-disk-layers.ts";
import { describeFilePool } from "../file-pool/testing/describe-file-pool.ts";
import { describeFileSnapshots } from "../file-pool/testing/describe-file-snapshots.ts";
import { describeFileVolumes } from "../file-pool/testing/describe-file-volumes.ts";
import { describeFullPool } from "../file-pool/testing/describe-full-pool.ts";
import { describeKilledSnapshots } from "../file-pool/testing/describe-killed-snapshots.ts";
import { inside, makeScratch, removeLodgeDir } from "../file-pool/testing/pool-host.ts";
import { makeSampleTree, makeSquashfs } from "../file-pool/testing/sample-images.ts";
import { dirKind } from "./testing/dir-kind.ts";
import { smallDirKind, smallDirProblem } from "./testing/small-dir-kind.ts";

const ids: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
const never = new AbortController().signal;

describeFilePool(dirKind);
describeFileSnapshots(dirKind);
describeKilledSnapshots(dirKind);
describeDiskLayers(dirKind);
describeFileVolumes(dirKind);

const problem = await smallDirProblem();
if (problem === undefined) describeFullPool(smallDirKind);
else it("refuses what does not fit into a full file system", ({ skip }) => skip(problem));

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
  const request: RootRequest = { id: "00000001" as InstanceId, type: "container" };
  const snapshotOf = (snapshot: SnapshotId) => ({ root: request.id, snapshot });
  const first = "0000000a" as SnapshotId;
  let directory: string;
  let pool: PoolDriver;
  let root: RootRequest;

  beforeEach(async () => {
    const scratch = await makeScratch();
    directory = await makeScratch();
    onTestFinished(() => removeLodgeDir(dirKind, directory));
    onTestFinished(() => rm(scratch, { recursive: true }));
    pool = dirKind.open(directory);
    await makeSampleTree(join(scratch, "rootfs"));
    const image = await makeSquashfs(join(scratch, "rootfs"), join(scratch, "root.squashfs"));
    await pool.unpackImage(image, () => undefined, never);
    root = { ...request, fingerprint: image.fingerprint };
    await pool.createRoot(root);
  });

  /** Runs a script in the root as its root, and settles it. */
  async function change(script: string): Promise<string> {
    const { path } = await pool.prepareRoot(root, ids);
    const output = await inside(ids, 0, `cd ${path}; ${script}`);
    await pool.settleRoot(root.id);
    return output;
  }
  const upper = () => readdir(join(directory, "pools/default/roots", root.id, "data/upper"));
  const layers = () => readdir(join(directory, "pools/default/layers"));

  it("is shown as it was, over its image, and nothing is left when it is shown no more", async () => {
    await change("rm -r etc/sub; mv bin bin2; echo then > word");
    await pool.snapshots.create(snapshotOf(first));
    await change("echo now > word");
    const roots = await readdir(join(directory, "pools/default/roots"));
    const shown = await pool.snapshots.show?.(snapshotOf(first), { base: 0, size: 65_536, owner: 0 });
    const path = shown?.root.path ?? "";
    expect(await readFile(join(path, "word"), "utf8")).toBe("then\n");
    expect(await readdir(path)).not.toContain("bin");
    expect(await stat(join(path, "bin2"))).toMatchObject({ uid: 0 });
    await expect(writeFile(join(path, "word"), "x")).rejects.toThrow("EROFS");
    await shown?.[Symbol.asyncDispose]();
    expect(await readdir(join(directory, "pools/default/roots"))).toEqual(roots);
    expect(await pool.snapshots.show?.(snapshotOf(first), ids)).toBeUndefined();
  });

  it("is moved out of the way when nothing runs in it, and one on the next makes what there was", async () => {
    await change("chmod 700 .; echo one > word; mv bin bin2; mkdir new; echo a > new/a");
    await pool.snapshots.create(snapshotOf(first));
    expect(await upper()).toEqual([]);
    await change("rm -r new; mkdir new; echo b > new/b; rm word; mv bin2 bin3");
    await pool.snapshots.create(snapshotOf("0000000b" as SnapshotId));
    expect(await layers()).toHaveLength(2);
    expect(await change("stat -c %a .; ls new bin3; test ! -e word; test ! -e bin2")).toBe(
      "700\nbin3:\ncat\nid\n\nnew:\nb",
    );
    expect(await upper()).toEqual([]);
    await pool.snapshots.create(snapshotOf("0000000c" as SnapshotId));
    await pool.copyRoot({ from: root.id }, { ...root, id: "00000002" as InstanceId });
    expect(await layers()).toHaveLength(2);
    await pool.snapshots.restore(root, first);
    expect(await change("cat word; ls new bin2")).toBe("one\nbin2:\ncat\nid\n\nnew:\na");
  });

  it("is finished by the next daemon when one died between the note and the move, or in the middle of it", async () => {
    await change("echo one > word");
    await pool.snapshots.create(snapshotOf(first));
    const data = join(directory, "pools/default/roots", root.id, "data");
    const sealed = join(directory, "pools/default/layers", (await layers())[0] ?? "", "upper");
    const undo = [() => rename(join(data, "upper"), join(data, "next")), () => rename(sealed, join(data, "upper"))];
    for (const steps of [1, 2]) {
      for (const step of undo.slice(0, steps)) await step();
      pool = dirKind.open(directory);
      await pool.reconcile(new Map([[root.id, [first]]]), []);
      expect(await change("cat word")).toBe("one");
      expect(await readdir(data)).not.toContain("next");
    }
    await pool.snapshots.remove(snapshotOf(first));
    expect(await change("cat word")).toBe("one");
  });
});
