/** Trees and disks to make backups of, and ways to write and read these. Needs root. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import type { BackupCompression } from "@lodge/api";
import type { BackupContent, BackupSource, BackupWrite, OwnedDisk } from "@lodge/core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { grantAccess } from "../../../system/access-list.ts";
import { createBackupArchives } from "../archives.ts";

export const execute = promisify(execFile);
export const uid = 1_065_536;
export let directory = "";
export const at = (name: string) => join(directory, name);
export const tree = (name: string): BackupContent => ({ kind: "directory", path: at(name) });
export const disk = (name: string): OwnedDisk => ({
  kind: "disk",
  uid,
  path: at(`${name}.qcow2`),
  format: "qcow2",
  overlays: 1,
  state: at(`${name}.state`),
});
export const archives = () => createBackupArchives({ directory });
export const limits = { bytes: 2 ** 34 };
export const indexOf = (type: "container" | "virtual-machine", snapshots: string[] = []) => ({
  name: "web",
  type,
  snapshots,
  config: { container: { name: "web", config: { "user.a": "1" } } },
});

/** A directory for the tests of a file, with trees or disks to make backups of. */
export function useWorkplace({
  trees = false,
  disks = false,
}: {
  readonly trees?: boolean;
  readonly disks?: boolean;
}): void {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lodge-backup-"));
    await chmod(directory, 0o711);
    if (trees) await makeTrees();
    if (disks) await makeDisks();
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
}

/** `tree`, of what is easily lost, and `older`. */
async function makeTrees() {
  await mkdir(at("tree/etc"), { recursive: true });
  const script = `
    echo owned > etc/owned; chown 33:44 etc/owned; chmod 4711 etc/owned
    ln etc/owned linked; ln -s /etc/passwd out; ln -s ../../.. up; mkfifo fifo; mknod null c 1 3
    truncate -s 64M holes; printf x | dd of=holes bs=1 seek=30000000 conv=notrunc status=none
    setcap cap_net_raw+ep holes
    chown 65535:65535 etc; chmod 1777 etc; touch -d @1000000000.5 linked
    mkdir -p ${"d".repeat(100)}/${"e".repeat(150)}; touch "${"d".repeat(100)}/${"e".repeat(150)}/$(printf 'a\\nb\\377')"
    touch -- '-x' '*' "with space" empty`;
  await execute("sh", ["-ec", script], { cwd: at("tree") });
  grantAccess(at("tree/etc"), 33, "read");
  await execute("cp", ["-a", at("tree"), at("older")]);
  await writeFile(at("older/etc/owned"), "older\n");
}

/** `older` and `newer`, the second being what was written over the first. */
async function makeDisks() {
  for (const name of ["older", "newer"]) {
    const base = name === "newer" ? ["-F", "qcow2", "-b", "older.qcow2"] : [];
    await execute("qemu-img", ["create", "-q", "-f", "qcow2", ...base, at(`${name}.qcow2`), "1G"]);
    const writes =
      name === "newer" ? ["write -P 9 3M 1M", "write -z 500M 1M"] : ["write -P 7 1M 3M", "write -P 8 500M 2M"];
    for (const write of writes) await execute("qemu-io", ["-f", "qcow2", "-c", write, at(`${name}.qcow2`)]);
    await execute("chown", [`${uid}:${uid}`, at(`${name}.qcow2`)]);
    await mkdir(at(`${name}.state/tpm`), { recursive: true });
    await writeFile(at(`${name}.state/tpm/vars`), name);
  }
}

export function write(
  type: "container" | "virtual-machine",
  sources: readonly BackupSource[],
  compression: BackupCompression = "none",
  lodge: object = {},
): Promise<Buffer> {
  const snapshots = sources.flatMap(({ snapshot }) => snapshot ?? []);
  return writeOf({ of: type, index: { ...indexOf(type, snapshots), lodge }, compression }, sources);
}

export function writeOf(request: Omit<BackupWrite, "sources">, sources: readonly BackupSource[]): Promise<Buffer> {
  async function* all() {
    yield* sources;
  }
  return buffer(archives().write({ ...request, sources: all() }));
}

/** Reads a backup into roots by the names of the states; the instance's is `now`. */
export async function read(
  bytes: Buffer,
  rootFor: (name: string, size?: number) => Promise<BackupContent>,
  piece = 1 << 16,
) {
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) =>
    bytes.subarray(i * piece, (i + 1) * piece),
  );
  await using reading = await archives().read(Readable.from(pieces));
  const names: string[] = [];
  for await (const state of reading.states(limits)) {
    const name = state.snapshot ?? "now";
    await state.writeTo(await rootFor(name, state.size));
    names.push(name);
  }
  return names;
}

export async function newTree(): Promise<BackupContent> {
  const path = await mkdtemp(at("got-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return { kind: "directory", path };
}

/** All that can be said of a tree. */
export async function describeTree(path: string): Promise<string> {
  const find = ["-printf", "%P %y %m %U %G %s %l %n %T@ \\n"];
  const listed = await execute("find", [path, "-mindepth", "1", ...find], { encoding: "latin1" });
  const options = ["--format=posix", "--pax-option=delete=atime,delete=ctime,exthdr.name=x", "--sort=name"];
  const attributes = ["--numeric-owner", "--acls", "--xattrs", "--xattrs-include=*"];
  const args = ["--create", ...options, ...attributes, "--directory", path, "."];
  const { stdout } = await execute("tar", args, { encoding: "buffer", maxBuffer: 2 ** 27 });
  return [...listed.stdout.split("\n").sort(), createHash("sha256").update(stdout).digest("hex")].join("\n");
}

/** An empty disk, or one on top of another. */
export async function newDisk(size: number | undefined, base?: string): Promise<OwnedDisk> {
  const name = `got-${Math.random().toString(36).slice(2)}`;
  const backing = base ? ["-F", "qcow2", "-b", at(`${base}.qcow2`)] : [];
  await execute("qemu-img", ["create", "-q", "-f", "qcow2", ...backing, at(`${name}.qcow2`), `${size}`]);
  await chown(at(`${name}.qcow2`), uid, uid);
  await mkdir(at(`${name}.state`));
  await writeFile(at(`${name}.state/old`), "of before");
  return disk(name);
}

/** What is said of two disks that hold the same: that they are identical. */
export async function compareDisks(one: string, other: string): Promise<string> {
  return (await execute("qemu-img", ["compare", "-f", "qcow2", "-F", "qcow2", one, other])).stdout;
}
