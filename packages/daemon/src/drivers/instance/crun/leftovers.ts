/** What an earlier daemon left of runs that it could not finish. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { killProcesses, until } from "../../../system/cgroup-tree.ts";
import { signalProcess } from "../../../system/process.ts";
import { readProcess } from "./execution.ts";
import type { RunPaths } from "./run-paths.ts";

const SIGKILL = 9;

/** Ends every conmon and crun of this run: those that a daemon started and did not live to record included. */
export async function endRuntimeProcesses(paths: RunPaths): Promise<void> {
  await until(`ending the monitor of ${paths.run}`, 10_000, async () => {
    const pids = await runtimeProcesses(paths);
    killProcesses(pids);
    return pids.length === 0;
  });
}

/** They are told by their command line, which names the run's directory for crun's state. */
async function runtimeProcesses(paths: RunPaths): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const ours = await Promise.all(
    pids.map(async (pid) => {
      const command = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
      return command.includes(`--root=${paths.runtime}`);
    }),
  );
  return pids.filter((_pid, index) => ours[index]).map(Number);
}

/** Ends the commands of `exec` sessions whose daemon is gone: nobody reads them any more. */
export async function endExecutions(paths: RunPaths): Promise<void> {
  const files = await readdir(paths.executions).catch(() => []);
  for (const name of files.filter((file) => file.endsWith(".pid"))) {
    const process = await readProcess(join(paths.executions, name));
    if (process) await signalProcess(process, SIGKILL);
  }
}
