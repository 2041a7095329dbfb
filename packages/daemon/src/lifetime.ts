import { mkdir, rm, writeFile } from "node:fs/promises";
import type { LodgePaths } from "./system/paths.ts";

/** Makes LODGE_DIR and what must be there before anything else. QEMU's uids pass through it, so others may search it. */
export async function makeDirectories(paths: LodgePaths): Promise<void> {
  const open = { recursive: true, mode: 0o711 };
  const closed = { recursive: true, mode: 0o700 };
  await mkdir(paths.root, open);
  for (const directory of ["run", "instances", "pools"]) await mkdir(`${paths.root}/${directory}`, open);
  for (const directory of [paths.logs, paths.images, paths.staging, paths.networks]) await mkdir(directory, closed);
}

export async function writePidFile(paths: LodgePaths): Promise<void> {
  await writeFile(paths.pidFile, `${process.pid}\n`);
}

/** Resolves with the signal's name when the daemon is asked to end. */
export function askedToEnd(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}

export async function removePidFile(paths: LodgePaths): Promise<void> {
  await rm(paths.pidFile, { force: true });
}
