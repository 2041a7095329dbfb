/** What an earlier daemon left of runs that it could not finish. */
import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { killProcesses, until } from "../../../system/cgroup-tree.ts";
import { type ProcessIdentity, signalProcess } from "../../../system/process.ts";
import { type HostProcess, listProcesses } from "../../../system/process-list.ts";
import { readProcess } from "./execution.ts";
import type { RunPaths } from "./run-paths.ts";

const SIGKILL = 9;
/** USER_HZ, the same on all of Linux's architectures that Node runs on. */
const ticksPerSecond = 100;

/** The conmon and crun processes of a run: their command line names its directory for crun's state. */
export function runtimeProcesses(processes: readonly HostProcess[], paths: RunPaths): HostProcess[] {
  return processes.filter(({ command }) => command.includes(`--root=${paths.runtime}`));
}

/** These processes and all that they started, as far as their parents still live. */
export function withDescendants(processes: readonly HostProcess[], roots: readonly HostProcess[]): HostProcess[] {
  const family = [...roots];
  for (const member of family) family.push(...processes.filter(({ parent }) => parent === member.pid));
  return [...new Set(family)];
}

/** Ends every conmon and crun of a run: those that a daemon started and did not live to record. Without its directory it has none. */
export async function endRuntimeProcesses(paths: RunPaths): Promise<void> {
  if (!existsSync(paths.run)) return;
  await until(`ending the monitor of ${paths.run}`, 10_000, async () => {
    const left = runtimeProcesses(await listProcesses(), paths);
    killProcesses(left.map(({ pid }) => pid));
    return left.length === 0;
  });
}

/**
 * Ends the commands of `exec` sessions whose daemon is gone: nobody reads them any more. `members`: the processes of the
 * container.
 */
export async function endExecutions(
  paths: RunPaths,
  processes: readonly HostProcess[],
  members: readonly number[],
): Promise<void> {
  const waiting = runtimeProcesses(processes, paths).filter(({ command }) => command.includes("exec"));
  killProcesses(withDescendants(processes, waiting).map(({ pid }) => pid));
  const files = await readdir(paths.executions).catch((): string[] => []);
  for (const name of files) {
    const path = join(paths.executions, name);
    if (name.endsWith(".pid")) await endNamed(path, members);
    await rm(path, { force: true });
  }
}

/** A command that lost its `crun exec`. A pid that another process has got since is left alone. */
async function endNamed(path: string, members: readonly number[]): Promise<void> {
  const [process, file] = await Promise.all([readProcess(path), stat(path).catch(() => undefined)]);
  const isCommand = process && file && members.includes(process.pid) && startOf(process) <= file.mtimeMs + 1000;
  if (isCommand) await signalProcess(process, SIGKILL);
}

/** When a process was started, by the host's clock. */
function startOf({ startTime }: ProcessIdentity): number {
  const bootedAt = Date.now() - uptime() * 1000;
  return bootedAt + (startTime * 1000) / ticksPerSecond;
}
