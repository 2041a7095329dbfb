/** Moving and taking away mounts in another mount namespace, without following a path there. */
import { closeSync, constants, openSync } from "node:fs";
import koffi from "koffi";
import { declare, SystemCallError } from "./libc.ts";
import type { Handle } from "./rooted-open.ts";

const unshare = declare<[number]>("int unshare(int flags)");
const setns = declare<[number, number]>("int setns(int fd, int type)");
const fchdir = declare<[number]>("int fchdir(int fd)");
const umount2 = declare<[string, number]>("int umount2(const char *target, int flags)");
const openTree = declare<[number, string, number]>("int open_tree(int dirfd, const char *path, unsigned int flags)");
const moveMount = declare<[number, string, number, string, number]>(
  "int move_mount(int from, const char *fromPath, int to, const char *toPath, unsigned int flags)",
);

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const UMOUNT_NOFOLLOW = 0x8;
const AT_EMPTY_PATH = 0x1000;
const OPEN_TREE_CLONE = 0x1;
const OPEN_TREE_CLOEXEC = 0x80000;
const MOVE_MOUNT_F_EMPTY_PATH = 0x4;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;
const { EINVAL } = koffi.os.errno;

/** Moves a mount of the namespace onto a directory or file of it. Where its place may not lose it, a second one is made. */
export function moveMountInside(namespace: Handle, mount: Handle, target: Handle): void {
  inMountNamespace(namespace.fd, () => {
    try {
      attach(mount.fd, target.fd);
    } catch (error) {
      // The guest made the place shared, and then nothing may be moved away from it.
      if (!(error instanceof SystemCallError) || error.errno !== EINVAL) throw error;
      attachClone(mount.fd, target.fd);
    }
  });
}

/** Mounts a directory or file of the namespace at a second place of it. */
export function mountInside(namespace: Handle, source: Handle, target: Handle): void {
  inMountNamespace(namespace.fd, () => attachClone(source.fd, target.fd));
}

/**
 * Unmounts what is mounted at a name in a directory of the namespace, which must be of a file system that answers by itself. Throws
 * SystemCallError with EBUSY while it is used: a descriptor of it would be such a use.
 */
export function unmountInside(namespace: Handle, directory: Handle, name: string): void {
  inMountNamespace(namespace.fd, () => {
    fchdir(directory.fd);
    umount2(name, UMOUNT_NOFOLLOW);
  });
}

function attachClone(source: number, target: number): void {
  const tree = openTree(source, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  try {
    attach(tree, target);
  } finally {
    closeSync(tree);
  }
}

function attach(mount: number, target: number): void {
  moveMount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/**
 * Does something on this thread inside a mount namespace, from beginning to end. A thread can join one when it shares its root and
 * working directory with no other thread. `action` uses descriptors: a path could lead into a file system that the
 * guest serves, and wait there.
 */
function inMountNamespace(namespace: number, action: () => void): void {
  const own = openSync("/proc/thread-self/ns/mnt", constants.O_RDONLY);
  try {
    unshare(CLONE_FS);
    setns(namespace, CLONE_NEWNS);
    try {
      action();
    } finally {
      comeBack(own);
    }
  } finally {
    closeSync(own);
  }
}

/** A daemon left in a guest's mount namespace would take the guest's files for the host's: it ends instead. */
function comeBack(own: number): void {
  try {
    setns(own, CLONE_NEWNS);
  } catch {
    process.abort();
  }
}
