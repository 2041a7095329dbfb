import { readdir, readFile } from "node:fs/promises";
import { findProcess, type ProcessIdentity } from "./process.ts";

export interface HostProcess extends ProcessIdentity {
  readonly parent: number;
  /** Its arguments. */
  readonly command: readonly string[];
}

/** All processes of the host. */
export async function listProcesses(): Promise<HostProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [process, command] = await Promise.all([
        findProcess(pid),
        readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
      ]);
      return process && { pid, startTime: process.startTime, parent: process.parent, command: command.split("\0") };
    }),
  );
  return found.filter((process) => process !== undefined);
}
