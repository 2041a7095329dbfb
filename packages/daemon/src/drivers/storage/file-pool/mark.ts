/** The mark that a pool leaves on what it lies on: what does not carry it is not the pool's, and is neither used nor removed. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { syncPath } from "../../../system/durable.ts";

export interface PoolMark {
  /** The tag of the LODGE_DIR. */
  readonly lodge: string;
  readonly pool: string;
}

const fileName = "lodge-pool.json";

/** In a directory that has none. */
export async function writeMark(directory: string, mark: PoolMark): Promise<void> {
  await writeFile(join(directory, fileName), `${JSON.stringify(mark)}\n`, { flag: "wx", mode: 0o600, flush: true });
  await syncPath(directory);
}

export async function removeMark(directory: string): Promise<void> {
  await rm(join(directory, fileName), { force: true });
}

/** Undefined where there is none. */
export async function readMark(directory: string): Promise<PoolMark | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, fileName), "utf8")) as PoolMark;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

export function isSameMark(found: PoolMark | undefined, mark: PoolMark): boolean {
  return found?.lodge === mark.lodge && found.pool === mark.pool;
}

/** Throws `pool_unavailable` where the pool is not. */
export async function requireMark(directory: string, mark: PoolMark): Promise<void> {
  const found = await readMark(directory);
  if (isSameMark(found, mark)) return;
  const what = found
    ? `${directory} belongs to the pool "${found.pool}" of ${found.lodge === mark.lodge ? "this" : "another"} Lodge.`
    : `${directory} is not there or does not hold it; mount what it lies on.`;
  throw new LodgeError({ code: "pool_unavailable", message: what });
}
