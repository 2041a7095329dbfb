/**
 * The one mount namespace of a LODGE_DIR. The daemon and all that it starts live in it, so mounts outlive the daemon,
 * the next daemon finds them, and the host sees none of them. It is pinned at `ns/mnt`, and gone with its last process
 * once that pin is taken away.
 */
import { mkdir, readFile, readlink, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { bindMount, makePrivate, unbind } from "./bind-mount.ts";
import { cgroupLayout, hybridTree, parseCgroupMounts } from "./cgroup-mounts.ts";
import { errorCode } from "./cgroup-tree.ts";
import { hostBootId } from "./host-boot-id.ts";
import type { LodgePaths } from "./paths.ts";
import { run } from "./run.ts";

const NSFS_MAGIC = 0x6e736673;
/** Tells the program that was started inside that it should be there. */
const marker = "LODGE_MOUNT_NAMESPACE";

/**
 * Returns when this process is in the mount namespace; else makes the namespace if it is missing and replaces the process
 * by itself (the same pid, arguments and environment) inside it. To be called before anything else is open.
 */
export async function enterMountNamespace(paths: LodgePaths): Promise<void> {
  if (await isInside(paths)) {
    delete process.env[marker];
    return;
  }
  if (process.env[marker]) {
    throw new LodgeError({
      code: "internal",
      message: `nsenter did not lead into the mount namespace at ${pinOf(paths)}; remove it (umount -l) and start again.`,
    });
  }
  await createMountNamespace(paths);
  process.execve?.(
    "/usr/bin/nsenter",
    [
      "nsenter",
      `--mount=${pinOf(paths)}`,
      `--wd=${process.cwd()}`,
      "--",
      process.execPath,
      ...process.execArgv,
      ...process.argv.slice(1),
    ],
    { ...process.env, [marker]: "1" },
  );
}

/** Makes and pins the mount namespace; does nothing when it is there. */
export async function createMountNamespace(paths: LodgePaths): Promise<void> {
  const pin = pinOf(paths);
  await mkdir(paths.namespaces, { recursive: true, mode: 0o700 });
  if (!(await isPinned(pin))) {
    // A pin must lie on a private mount: else it would be copied into the namespace that it pins.
    if (!(await isMountPoint(paths.namespaces))) bindMount(paths.namespaces, paths.namespaces);
    makePrivate(paths.namespaces);
    await writeFile(pin, "");
    const mounts = parseCgroupMounts(await readFile("/proc/self/mountinfo", "utf8"));
    const covers = cgroupLayout(mounts) === "hybrid" && mounts.some((mount) => mount.path === hybridTree);
    // crun refuses hybrid hosts as long as it sees their v2 tree. In the cover it makes a directory and a file for each container.
    const inside = covers ? ["mount", "-t", "tmpfs", "-o", "mode=755,size=64m", "lodge", hybridTree] : ["true"];
    await run("unshare", [`--mount=${pin}`, "--propagation", "slave", "--", ...inside]);
  }
  await writeFile(identityOf(paths), await namespaceIdentity((await stat(pin)).ino));
}

/** Takes away the pins; the namespace ends with its last process. Not from inside, where they are not seen. Idempotent. */
export async function removeNamespaces(paths: LodgePaths): Promise<void> {
  if (await isInside(paths)) {
    throw new LodgeError({
      code: "internal",
      message: `The mount namespace of ${paths.root} cannot be removed from inside.`,
    });
  }
  unbind(pinOf(paths));
  unbind(paths.namespaces);
  await rm(paths.namespaces, { recursive: true, force: true });
}

/** The pin is not visible from inside, so the namespace's number is kept in a file; with the boot's id, as numbers return. */
async function isInside(paths: LodgePaths): Promise<boolean> {
  const [known, own] = await Promise.all([
    readFile(identityOf(paths), "utf8").catch(() => ""),
    readlink("/proc/self/ns/mnt"),
  ]);
  return known === (await namespaceIdentity(Number(/\d+/.exec(own)?.[0])));
}

async function namespaceIdentity(inode: number): Promise<string> {
  return `${await hostBootId()} ${inode}\n`;
}

/** Whether a namespace is mounted on this file. */
export async function isPinned(path: string): Promise<boolean> {
  try {
    return (await statfs(path)).type === NSFS_MAGIC;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

async function isMountPoint(path: string): Promise<boolean> {
  const mountinfo = await readFile("/proc/self/mountinfo", "utf8");
  return mountinfo.split("\n").some((line) => line.split(" ")[4] === path);
}

function pinOf(paths: LodgePaths): string {
  return join(paths.namespaces, "mnt");
}

function identityOf(paths: LodgePaths): string {
  return join(paths.namespaces, "mnt.id");
}
