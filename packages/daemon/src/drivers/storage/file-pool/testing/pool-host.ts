/** What the contract tests of the pool share: directories to make pools in, and a way into roots. */
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IdRange, PoolDriver, PreparedRoot } from "@lodge/core";
import { createIdMapping } from "../../../../system/id-mapping.ts";
import { detach, listMounts } from "../../../../system/mounts.ts";
import { run } from "../../../../system/run.ts";

/** Other users may pass, as they may pass to a LODGE_DIR. */
export async function makeScratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "lodge-pool-"));
  await chmod(directory, 0o711);
  return directory;
}

/** One kind of pool, called `default`, in a LODGE_DIR of a test. */
export interface PoolKind {
  readonly name: string;
  /** Makes the pool. */
  make(lodgeDir: string): Promise<void>;
  /** As each daemon opens it. */
  open(lodgeDir: string): PoolDriver;
  /** Removes what `make` made outside of LODGE_DIR. */
  remove(lodgeDir: string): Promise<void>;
  /** A program that runs `snapshotLoad` on the pool. */
  readonly load: URL;
}

export async function removeLodgeDir(kind: PoolKind, lodgeDir: string): Promise<void> {
  for (const { target } of await listMounts(join(lodgeDir, "pools", "default", "roots"))) detach(target);
  await kind.remove(lodgeDir);
  for (const { target } of await listMounts(lodgeDir)) detach(target);
  await rm(lodgeDir, { recursive: true, force: true });
}

/** Runs a script in a user namespace with these ids, as one of its users; in group 0, whom the way to the root is open to. */
export async function inside({ base, size }: IdRange, uid: number, script: string): Promise<string> {
  using namespace = await createIdMapping([{ disk: 0, host: base, count: size }]);
  const entry = [`--user=/proc/${process.pid}/fd/${namespace.fd}`, "--setuid", `${uid}`, "--setgid", "0"];
  return await run("nsenter", [...entry, "sh", "-ec", script]);
}

/** Runs qemu-io on a disk as a VM's QEMU would open it. */
export function asQemu(uid: number, path: string, ...args: string[]): Promise<string> {
  const user = ["--pdeathsig", "KILL", "--reuid", `${uid}`, "--regid", `${uid}`, "--clear-groups"];
  return run("setpriv", [...user, "qemu-io", "-f", "qcow2", ...args, path]);
}

/** On a disk: behind all partitions of the sample image. */
const letterAt = 12 * 1024 ** 2;

export async function writeLetter(root: PreparedRoot, letter: string): Promise<void> {
  const { uid } = await stat(root.path);
  if (root.kind === "directory")
    await inside({ base: uid, size: 65_536, owner: uid }, 0, `printf ${letter} > ${root.path}/letter`);
  else await asQemu(uid, root.path, "-c", `write -P ${letter.charCodeAt(0)} ${letterAt} 64k`);
}

export async function readLetter(root: PreparedRoot): Promise<string> {
  if (root.kind === "directory") return readFile(join(root.path, "letter"), "utf8").catch(() => "");
  const { uid } = await stat(root.path);
  const seen = await asQemu(uid, root.path, "-r", "-c", `read -v ${letterAt} 16`);
  const byte = Number.parseInt(/^[0-9a-f]+:\s+([0-9a-f]{2})/m.exec(seen)?.[1] ?? "", 16);
  return byte === 0 ? "" : String.fromCharCode(byte);
}
