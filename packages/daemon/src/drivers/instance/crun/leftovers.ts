/** What an earlier daemon left of runs that it could not finish. */
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { killProcesses, until } from "../../../system/cgroup-tree.ts";
import { type ProcessIdentity, signalProcess } from "../../../system/process.ts";
import { readProcess } from "./execution.ts";
import type { RunPaths } from "./run-paths.ts";

const SIGKILL = 9;
/** USER_HZ, the same on all of Linux's architectures that Node runs on. */
const ticksPerSecond = 100;

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

/**
 * Ends the commands of `exec` sessions whose daemon is gone: nobody reads them any more. `members`: the processes of the
 * container; a pid that another process has got since is left alone.
 */
export async function endExecutions(paths: RunPaths, members: readonly number[]): Promise<void> {
  const files = await readdir(paths.executions).catch((): string[] => []);
  for (const name of files) {
    const path = join(paths.executions, name);
    if (name.endsWith(".pid")) await endExecution(path, members);
    await rm(path, { force: true });
  }
}

async function endExecution(path: string, members: readonly number[]): Promise<void> {
  const [process, { mtimeMs }] = await Promise.all([readProcess(path), stat(path)]);
  const isCommand = process && members.includes(process.pid) && startOf(process) <= mtimeMs + 1000;
  if (isCommand) await signalProcess(process, SIGKILL);
}

/** When a process was started, by the host's clock. */
function startOf({ startTime }: ProcessIdentity): number {
  const bootedAt = Date.now() - uptime() * 1000;
  return bootedAt + (startTime * 1000) / ticksPerSecond;
}
