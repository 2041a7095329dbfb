import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { LodgeError } from "@lodge/api";
import { declare } from "./libc.ts";

const flock = declare<[number, number]>("int flock(int fd, int operation)");
const exclusiveWithoutWaiting = 2 | 4;

export interface DaemonLock {
  release(): void;
}

/**
 * Makes this process the one daemon of a LODGE_DIR: call it before anything of the directory is touched. `daemon_running`
 * when there is another. The kernel frees the lock when the process ends, however it ends; its children do not inherit it.
 */
export function lockDaemon(path: string): DaemonLock {
  const file = openSync(path, "a+", 0o600);
  try {
    flock(file, exclusiveWithoutWaiting);
  } catch (error) {
    closeSync(file);
    const pid = readFileSync(path, "utf8").trim();
    throw new LodgeError({
      code: "daemon_running",
      message: `Another lodged${pid && ` (pid ${pid})`} already serves this directory (${path} is locked); stop it or set LODGE_DIR to another directory.`,
      cause: error,
    });
  }
  ftruncateSync(file);
  writeSync(file, `${process.pid}\n`);
  return { release: () => closeSync(file) };
}
