/**
 * Project quotas of ext4 and XFS (quotactl(2)): a directory tree carries a project's number, and the file system counts and
 * limits what the project's files take.
 */
import { open } from "node:fs/promises";
import { declare, SystemCallError } from "./libc.ts";
import { run } from "./run.ts";

// quotactl_fd(2) has no function in glibc; its number is the same on every architecture.
const SYS_quotactl_fd = 443;
const syscall = declare<[number, number, number, number, Buffer]>(
  "long syscall(long number, int fd, unsigned int command, int id, void *address)",
);

const PRJQUOTA = 2;
const Q_SETQUOTA = 0x800008;
const Q_XGETQSTAT = 0x5805;
const FS_QUOTA_PDQ_ENFD = 1 << 5;
const QIF_BLIMITS = 1;

/** Whether the file system that holds this directory enforces limits of projects. */
export async function enforcesProjectQuota(directory: string): Promise<boolean> {
  // struct fs_quota_stat: its flags stand at byte 2.
  const status = Buffer.alloc(256);
  try {
    await quotactl(directory, Q_XGETQSTAT, 0, status);
  } catch (error) {
    if (error instanceof SystemCallError) return false;
    throw error;
  }
  return (status.readUInt16LE(2) & FS_QUOTA_PDQ_ENFD) !== 0;
}

/** Puts an empty directory, and all that will be made in it, into a project. */
export async function joinProject(directory: string, project: number): Promise<void> {
  await run("chattr", ["-p", `${project}`, "+P", directory], { code: "pool_failed" });
}

/** Limits what a project's files take; 0: no limit. */
export async function limitProject(directory: string, project: number, bytes: number): Promise<void> {
  // struct if_dqblk, with limits in KiB.
  const limits = Buffer.alloc(72);
  limits.writeBigUInt64LE(BigInt(Math.ceil(bytes / 1024)), 0);
  limits.writeUInt32LE(QIF_BLIMITS, 64);
  await quotactl(directory, Q_SETQUOTA, project, limits);
}

async function quotactl(directory: string, command: number, project: number, data: Buffer): Promise<void> {
  await using handle = await open(directory, "r");
  syscall(SYS_quotactl_fd, handle.fd, (command << 8) | PRJQUOTA, project | 0, data);
}
