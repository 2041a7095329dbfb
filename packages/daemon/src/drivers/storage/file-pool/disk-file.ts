/** The qcow2 files of VMs' roots. */
import { chmod, chown, stat } from "node:fs/promises";
import { grantAccess, revokeAccess } from "../../../system/access-list.ts";
import { run } from "../../../system/run.ts";
import { writeEmptyQcow2 } from "./empty-qcow2.ts";
import { baseReference, type DiskBase } from "./layout.ts";
import { readQcow2Header } from "./qcow2-header.ts";

/** Makes an empty disk of this many bytes. What it stands on is not looked at: a VM may be writing to it. */
export function makeDisk(path: string, virtualSize: number, base: DiskBase | undefined): Promise<void> {
  return writeEmptyQcow2(path, { virtualSize, ...(base && { backing: baseReference(base) }) });
}

/** As `makeDisk`, over a disk of another pool: not to stay so. */
export function makeDiskOver(path: string, virtualSize: number, other: string): Promise<void> {
  return writeEmptyQcow2(path, { virtualSize, backing: other });
}

/** Makes a disk larger; it never shrinks. */
export async function growDisk(path: string, size: number | undefined): Promise<void> {
  if (size === undefined || size <= (await readQcow2Header(path)).virtualSize) return;
  try {
    await run("qemu-img", ["resize", "-q", "-f", "qcow2", path, `${size}`], { code: "pool_failed" });
  } catch (error) {
    // A VM that runs holds the lock: its disk grows at its next start.
    if (!/Failed to get "(write|consistent read)" lock/.test((error as Error).message)) throw error;
  }
}

/** Moves into a disk that no VM has open what lies between it and its new base. */
export async function pullDisk(into: string, base: DiskBase | undefined, signal: AbortSignal): Promise<void> {
  const backing = base ? ["-F", "qcow2", "-b", baseReference(base)] : ["-b", ""];
  const args = ["rebase", "-q", "-f", "qcow2", ...backing, into];
  await run("qemu-img", args, { timeout: 24 * 3_600_000, signal, bound: true, code: "pool_failed" });
}

/** Hands a disk to a VM's QEMU. */
export async function giveDisk(path: string, uid: number): Promise<void> {
  await chown(path, uid, uid);
  await chmod(path, 0o600);
}

/** Whose the disk is: the uid of the VM's QEMU, or root's before its first start. */
export async function ownerOf(path: string): Promise<number> {
  return (await stat(path)).uid;
}

/** From now on nobody writes to the disk, and those to whom it is lent read it. */
export async function sealDisk(path: string): Promise<void> {
  await chown(path, 0, 0);
  await chmod(path, 0o400);
}

/** Lets a VM's QEMU read a sealed disk. */
export function lendDisk(path: string, uid: number): void {
  grantAccess(path, uid, "read");
}

export function takeBackDisk(path: string, uid: number): void {
  revokeAccess(path, uid);
}

/** Lets a VM's QEMU write to a sealed disk while it runs `work`. */
export async function whileWritable<T>(path: string, uid: number, work: () => Promise<T>): Promise<T> {
  grantAccess(path, uid, "write");
  try {
    return await work();
  } finally {
    grantAccess(path, uid, "read");
  }
}

/** Bytes that the file takes on the host. */
export async function diskUsage(path: string): Promise<number> {
  return (await stat(path)).blocks * 512;
}
