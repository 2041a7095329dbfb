import { chmod, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { declare } from "./system/libc.ts";
import type { LodgePaths } from "./system/paths.ts";

/** Makes LODGE_DIR and what must be there before anything else. QEMU's uids pass through it, so others may search it. */
export async function makeDirectories(paths: LodgePaths): Promise<void> {
  const open = { recursive: true, mode: 0o711 };
  const closed = { recursive: true, mode: 0o700 };
  await makeRoot(paths.root, open);
  await requireSearchable(dirname(paths.root), paths.root);
  for (const directory of ["run", "instances", "pools"]) await mkdir(`${paths.root}/${directory}`, open);
  const own = [paths.logs, paths.images, paths.staging, paths.networks, `${paths.root}/keyrings`];
  for (const directory of own) await mkdir(directory, closed);
}

async function makeRoot(root: string, options: { recursive: boolean; mode: number }): Promise<void> {
  try {
    await mkdir(root, options);
    await chmod(root, options.mode);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new LodgeError({
      code: "daemon_dir_invalid",
      message: `LODGE_DIR ${root} cannot be made: ${problem}.`,
      cause: error,
    });
  }
}

/** Containers and QEMU run as users of their own and reach their roots and disks through LODGE_DIR and all above it. */
async function requireSearchable(above: string, root: string): Promise<void> {
  for (let directory = above; ; directory = dirname(directory)) {
    if (((await stat(directory)).mode & 0o001) === 0) {
      throw new LodgeError({
        code: "daemon_dir_invalid",
        message: `LODGE_DIR ${root} cannot be used: ${directory} may not be searched by others, and instances run as users of their own. Allow it ("chmod o+x ${directory}") or choose another LODGE_DIR.`,
      });
    }
    if (directory === dirname(directory)) return;
  }
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

const exitAtOnce = declare<[number]>("void _exit(int status)");

/**
 * Ends the process. Everything has been closed, and `process.exit` may wait for ever for a background compilation that waits
 * for the main thread (nodejs/node#54918).
 */
export function endProcess(status: number): never {
  // Node writes what `--cpu-prof` found when it exits by itself.
  if (/--(cpu|heap)-prof/.test([process.env["NODE_OPTIONS"], ...process.execArgv].join(" "))) process.exit(status);
  exitAtOnce(status);
  throw new Error("the process is over");
}
