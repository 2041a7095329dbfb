/** Files that file systems lie in, by way of loop devices. */
import { mkdir, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";

const gibibyte = 2 ** 30;

/** Of a new file, where its user does not say: a fifth of what is free, as in LXD. */
export function defaultSize(free: number): number {
  return Math.min(Math.max(Math.floor(free / 5 / gibibyte), 5), 30) * gibibyte;
}

export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Makes a file, or makes it larger. Its space is taken at once: a file system whose file cannot grow when it must would break. */
export async function reserveFile(path: string, bytes: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const present = await stat(path).then(
    ({ blocks }) => blocks * 512,
    () => 0,
  );
  const free = await freeBytes(dirname(path));
  if (bytes - present > free) {
    throw new LodgeError({
      code: "pool_full",
      message: `A file of ${mebibytes(bytes)} for the pool does not fit into ${dirname(path)}, where ${mebibytes(free)} are free: ask for a smaller size.`,
    });
  }
  await run("fallocate", ["--length", `${bytes}`, path], { timeout: 600_000, code: "pool_failed" });
}

const mebibytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;

export function removeFile(path: string): Promise<void> {
  return rm(path, { force: true });
}

/** Runs `work` with a loop device of the file, which lasts as long as something is mounted from it. */
export async function withLoopDevice<T>(path: string, work: (device: string) => Promise<T>): Promise<T> {
  const device = await attach(path);
  try {
    return await work(device);
  } finally {
    // While it is in use the kernel only notes that it is to go afterwards.
    await run("losetup", ["--detach", device]).catch(() => undefined);
  }
}

/** The device that a file is attached to. */
export async function loopDeviceOf(path: string): Promise<string | undefined> {
  const shown = await run("losetup", ["--noheadings", "--output", "NAME", "--associated", path]);
  return shown.trim().split("\n")[0] || undefined;
}

async function attach(path: string): Promise<string> {
  const args = ["--find", "--show", "--nooverlap", path];
  try {
    // The host would keep everything twice in memory.
    return await run("losetup", ["--direct-io=on", ...args], { code: "pool_unavailable" });
  } catch {
    return run("losetup", args, { code: "pool_unavailable" });
  }
}
