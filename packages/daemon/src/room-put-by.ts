/**
 * Room that is put by for the day on which LODGE_DIR's file system is full: without it a daemon could not start, and nobody could delete what fills it.
 * Held while a daemon serves and while there is none; its start uses it.
 */
import { rm } from "node:fs/promises";
import type { Log } from "@lodge/core";
import { allocate } from "./system/allocate.ts";
import type { LodgePaths } from "./system/paths.ts";

/** Bytes for what a start writes: the database's journal and its copy, which is made where there is room. */
const forStart = 8 * 2 ** 20;

export async function useRoom(paths: LodgePaths): Promise<void> {
  await rm(paths.putBy, { force: true });
}

/** Where there is less room than that, what there is. */
export function putRoomBy(paths: LodgePaths, log: Log): void {
  if (!allocate(paths.putBy, forStart))
    log.warn({ directory: paths.root }, "less room than wanted can be put by for the next start");
}
