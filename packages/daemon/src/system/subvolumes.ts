/** Subvolumes of btrfs: trees of files that are snapshot and removed as a whole. */
import { stat, statfs } from "node:fs/promises";
import { run } from "./run.ts";

const BTRFS_SUPER_MAGIC = 0x9123683e;
/** The inode number of every subvolume's own directory. */
const firstInode = 256;

const options = { timeout: 600_000, code: "pool_failed" } as const;

export async function isOnBtrfs(path: string): Promise<boolean> {
  return (await statfs(path)).type === BTRFS_SUPER_MAGIC;
}

export async function isSubvolume(path: string): Promise<boolean> {
  return (await isOnBtrfs(path)) && (await stat(path)).ino === firstInode;
}

export async function createSubvolume(path: string): Promise<void> {
  await run("btrfs", ["subvolume", "create", path], options);
}

/** Makes a subvolume that is what another one is now, at one instant and whatever its size. What is written to it from then on is its own. */
export async function snapshotSubvolume(from: string, to: string, access: "readonly" | "writable"): Promise<void> {
  await run("btrfs", ["subvolume", "snapshot", ...(access === "readonly" ? ["-r"] : []), from, to], options);
}

export async function setReadOnly(path: string, readOnly: boolean): Promise<void> {
  await run("btrfs", ["property", "set", "-ts", path, "ro", `${readOnly}`], options);
}

/** Removes the subvolumes at a directory and below it. Does nothing on other file systems. */
export async function removeSubvolumes(path: string): Promise<void> {
  if (!(await isOnBtrfs(path))) return;
  for (const subvolume of await subvolumesIn(path)) await removeSubvolume(subvolume);
}

/** Those at a directory and below it, without those inside of others. */
async function subvolumesIn(directory: string): Promise<string[]> {
  if (await isSubvolume(directory)) return [directory];
  return findSubvolumes(directory);
}

/** `find` sees a subvolume as another device: it names it and does not enter it. */
async function findSubvolumes(directory: string): Promise<string[]> {
  const tests = ["-mindepth", "1", "-xdev", "-inum", `${firstInode}`, "-type", "d", "-print0"];
  const found = await run("find", [directory, ...tests], options);
  return found.split("\0").filter(Boolean);
}

async function removeSubvolume(path: string): Promise<void> {
  const remove = () => run("btrfs", ["subvolume", "delete", path], options);
  try {
    await remove();
  } catch (error) {
    // Somebody made subvolumes in it: they go first, and their names are in it.
    const inside = await findSubvolumes(path);
    if (inside.length === 0) throw error;
    await setReadOnly(path, false);
    for (const each of inside) await removeSubvolume(each);
    await remove();
  }
}
