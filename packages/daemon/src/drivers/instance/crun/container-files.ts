import { readFile } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { GuestFiles, InstanceIdentity, PreparedRoot } from "@lodge/core";
import { type MountEntry, parseMountinfo } from "../../../system/mountinfo.ts";
import { RootedFiles } from "../../../system/rooted-files.ts";
import { isPrivileged } from "./container-config.ts";
import type { Run } from "./run.ts";
import type { RunRecord } from "./run-record.ts";

/** File systems that answer by themselves; on others (FUSE, NFS, automounts) a guest could let the daemon wait. */
const selfContained = new Set(
  "overlay tmpfs ramfs devtmpfs devpts proc sysfs cgroup cgroup2 mqueue ext2 ext3 ext4 xfs btrfs squashfs erofs securityfs hugetlbfs".split(
    " ",
  ),
);

export const answersByItself = ({ type }: MountEntry): boolean => selfContained.has(type);

/** A container's files: as its init sees them (its /tmp and /run included) while it runs, else in the prepared root. */
export async function containerFiles(
  identity: InstanceIdentity,
  run: Run | undefined,
  root: PreparedRoot | undefined,
): Promise<GuestFiles> {
  const ids = isPrivileged(identity.config) ? { base: 0, size: 2 ** 32 - 1 } : identity.ids;
  const shared = { ids, instance: identity.name };
  if (run && !run.over) {
    const files = await filesOfInit(run.record, shared);
    run.use(files);
    return files;
  }
  if (root?.kind === "directory") return new RootedFiles({ ...shared, path: root.path, crossMounts: false });
  throw new LodgeError({
    code: "instance_not_ready",
    message: `The files of ${identity.name} cannot be reached: it does not run and its root is not mounted.`,
  });
}

/** What a container has mounted; none when its init has ended. What the host's own lxcfs serves it is not counted: that answers. */
export async function mountsOfInit(pid: number, procView: string | undefined): Promise<MountEntry[]> {
  const mounts = parseMountinfo(await readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => ""));
  return mounts.filter(({ device }) => device !== procView);
}

/** The files that a container's init sees. */
export async function filesOfInit(
  { init: { pid }, procView }: Pick<RunRecord, "init" | "procView">,
  shared: { readonly ids: { readonly base: number; readonly size: number }; readonly instance: string },
): Promise<RootedFiles> {
  const mounts = await mountsOfInit(pid, procView);
  const crossMounts = mounts.length > 0 && mounts.every(answersByItself);
  try {
    return new RootedFiles({ ...shared, path: `/proc/${pid}/root`, crossMounts });
  } catch (cause) {
    throw new LodgeError({
      code: "instance_not_ready",
      message: `The files of ${shared.instance} cannot be reached: its init has just ended.`,
      cause,
    });
  }
}
