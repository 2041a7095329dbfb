/**
 * Mounts in the daemon's own mount namespace. Mounting goes through libc, because util-linux 2.38 has no idmapped mounts;
 * unmounting is a process, because it writes back the whole file system and would block the event loop.
 */
import { closeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { asLodgeError, LodgeError } from "@lodge/api/errors";
import koffi from "koffi";
import type { IdMapping } from "./id-mapping.ts";
import { declare, SystemCallError } from "./libc.ts";
import { type MountEntry, mountsAtOrBelow } from "./mountinfo.ts";
import { run } from "./run.ts";

const openTree = declare<[number, string, number]>("int open_tree(int dirfd, const char *path, unsigned int flags)");
const mountSetattr = declare<[number, string, number, Buffer, number]>(
  "int mount_setattr(int dirfd, const char *path, unsigned int flags, void *attr, size_t size)",
);
const moveMount = declare<[number, string, number, string, number]>(
  "int move_mount(int from, const char *fromPath, int to, const char *toPath, unsigned int flags)",
);
const mount = declare<[string, string, string, number, string]>(
  "int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)",
);
const umount2 = declare<[string, number]>("int umount2(const char *target, int flags)");

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const OPEN_TREE_CLONE = 0x1;
const OPEN_TREE_CLOEXEC = 0x80000;
const MOVE_MOUNT_F_EMPTY_PATH = 0x4;
const MOUNT_ATTR_RDONLY = 0x1n;
const MOUNT_ATTR_NODEV = 0x4n;
const MOUNT_ATTR_IDMAP = 0x100000n;
const MS_RDONLY = 0x1;
const MS_NODEV = 0x4;
const MS_PRIVATE = 1n << 18n;
const MNT_DETACH = 0x2;

export interface CloneRequest {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Missing: the owners as they are on disk. */
  readonly mapping?: IdMapping;
  /** With what is mounted beneath it; default false. */
  readonly recursive?: boolean;
  /** What to do when the file system of the source cannot have other owners. Default: what helps for LODGE_DIR. */
  readonly advice?: string;
}

/**
 * Mounts a directory or a file at a second place, with other owners when there is a mapping; what is mounted at the first
 * place later is not seen there. Device nodes in it do not work. Undone by `detach`.
 */
export function mountClone({ source, target, readOnly, mapping, recursive = false, advice }: CloneRequest): void {
  const depth = recursive ? AT_RECURSIVE : 0;
  const tree = openTree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | depth);
  try {
    mountSetattr(tree, "", AT_EMPTY_PATH | depth, mountAttributes(readOnly, mapping), 32);
    moveMount(tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
  } catch (error) {
    if (mapping && error instanceof SystemCallError && cannotMap.has(error.errno))
      throw idmapUnsupported(source, error, advice);
    throw error;
  } finally {
    closeSync(tree);
  }
}

/** struct mount_attr: set, clear, propagation, user namespace. */
function mountAttributes(readOnly: boolean, mapping: IdMapping | undefined): Buffer {
  const attributes = Buffer.alloc(32);
  const set = MOUNT_ATTR_NODEV | (readOnly ? MOUNT_ATTR_RDONLY : 0n) | (mapping ? MOUNT_ATTR_IDMAP : 0n);
  attributes.writeBigUInt64LE(set, 0);
  attributes.writeBigUInt64LE(MS_PRIVATE, 16);
  attributes.writeBigUInt64LE(BigInt(mapping?.fd ?? 0), 24);
  return attributes;
}

const cannotMap = new Set([koffi.os.errno["EINVAL"], koffi.os.errno["ENOSYS"], koffi.os.errno["EPERM"]]);

const lodgeDirAdvice = "use a kernel from 5.19 on and ext4, XFS or btrfs for LODGE_DIR";

function idmapUnsupported(source: string, cause: SystemCallError, advice = lodgeDirAdvice): LodgeError {
  return new LodgeError({
    code: "host_unsupported",
    message:
      `The file system of ${source} cannot be mounted with other owners (${cause.message}), which unprivileged containers need: ` +
      `${advice}.`,
    cause,
  });
}

export interface OverlayRequest {
  /** Each lies over the next. */
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly target: string;
}

/** Mounts an overlay. Device nodes in it do not work: an image may hold any. Undone by `unmount`. */
export function mountOverlay({ lowers, upper, work, target }: OverlayRequest): void {
  mount("overlay", target, "overlay", MS_NODEV, overlayOptions({ lowers, upper, work }));
}

/** Mounts an overlay that nobody writes to, of directories that each lie over the next. Undone by `unmount`. */
export function mountReadOnlyOverlay(lowers: readonly string[], target: string): void {
  const options = [lowerOption(lowers), "redirect_dir=on", "index=off", "metacopy=off"];
  mount("overlay", target, "overlay", MS_NODEV | MS_RDONLY, options.join(","));
}

/**
 * `redirect_dir=on`, because an operating system expects that a directory of its image can be renamed; `index` and
 * `metacopy` off whatever the kernel's default, because uppers are copied from one instance to another.
 */
export function overlayOptions({ lowers, upper, work }: Omit<OverlayRequest, "target">): string {
  const paths = [lowerOption(lowers), `upperdir=${escapePath(upper)}`, `workdir=${escapePath(work)}`];
  return [...paths, "redirect_dir=on", "index=off", "metacopy=off"].join(",");
}

function lowerOption(lowers: readonly string[]): string {
  return `lowerdir=${lowers.map(escapePath).join(":")}`;
}

function escapePath(path: string): string {
  return path.replace(/[\\,:]/g, (character) => `\\${character}`);
}

/** Takes a mount out of the tree at once; what still uses it keeps it. */
export function detach(target: string): void {
  umount2(target, MNT_DETACH);
}

/** The mounts at a directory and below, in the order in which they can be unmounted. */
export async function listMounts(directory: string): Promise<MountEntry[]> {
  return mountsAtOrBelow(await readFile("/proc/self/mountinfo", "utf8"), directory);
}

/** Whether something is mounted at the directory itself. */
export async function isMounted(directory: string): Promise<boolean> {
  return (await listMounts(directory)).some(({ target }) => target === directory);
}

/** Unmounts. False: something still uses it after `patience` milliseconds. */
export async function unmount(target: string, patience: number): Promise<boolean> {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      await run("umount", ["--no-canonicalize", target], { timeout: 300_000, code: "pool_failed" });
      return true;
    } catch (error) {
      if (!/target is busy/.test(asLodgeError(error).message)) throw error;
      if (Date.now() >= deadline) return false;
    }
    // The kernel has no event for a mount that falls out of use.
    await delay(50);
  }
}
