/** A directory of the host that a pool is to lie in. */
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { isSameMark, type PoolMark, readMark, removeMark } from "./mark.ts";
import { removeTree } from "./remove-tree.ts";

/** Refuses what is no empty directory, or lies in LODGE_DIR or around it. */
export async function requireEmptyDirectory(source: string, lodgeDir: string): Promise<void> {
  const found = await stat(source).catch(() => undefined);
  if (!found?.isDirectory()) throw invalidSource(source, found ? "it is no directory" : "it does not exist");
  const [real, root] = await Promise.all([realpath(source), realpath(lodgeDir)]);
  if (isWithin(real, root) || isWithin(root, real))
    throw invalidSource(
      source,
      `LODGE_DIR (${lodgeDir}) is in it or around it; leave the source out for a pool in LODGE_DIR`,
    );
  const mark = await readMark(source);
  if (mark) throw invalidSource(source, `it belongs to the pool "${mark.pool}" of a Lodge already`);
  const names = (await readdir(source)).filter((name) => name !== "lost+found");
  if (names.length > 0)
    throw invalidSource(source, `it is not empty ("${names[0]}" lies in it); make a directory in it for the pool`);
}

export function invalidSource(source: string, why: string): LodgeError {
  return new LodgeError({
    code: "pool_source_invalid",
    message: `${source} cannot be the source of a storage pool: ${why}.`,
  });
}

export async function isOwn(source: string, mark: PoolMark): Promise<boolean> {
  return isSameMark(await readMark(source), mark);
}

/** Takes out of a pool's own directory all that the pool holds; its mark goes last. */
export async function emptyPool(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name !== "lost+found" && name !== "lodge-pool.json") await removeTree(join(directory, name));
  }
  await removeMark(directory);
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory === "/" ? "" : directory}/`);
}
