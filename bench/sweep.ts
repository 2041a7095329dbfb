/** Takes down what an interrupted run left: all of it is in control groups and directories that carry the run's process id. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../test/harness/until.ts";
import { cgroupMounts, processesBelow, removeGroups, runGroup } from "./measure/control-groups.ts";

/** Daemons of Lodge that such a run had are swept by the tests' harness when the next one starts. */
export async function sweep(say: (line: string) => void): Promise<void> {
  for (const pid of deadRuns()) {
    say(`Taking down what run ${pid} left`);
    const groups = cgroupMounts().map(({ path }) => join(path, runGroup(pid)));
    await until(`end of the processes of run ${pid}`, 20_000, () => {
      for (const each of groups.flatMap(processesBelow)) kill(each);
      return groups.every(removeGroups);
    });
    for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(`${runGroup(pid)}-`))) {
      await rm(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}

function deadRuns(): number[] {
  const places = [tmpdir(), ...cgroupMounts().map(({ path }) => path)];
  const pids = places
    .flatMap((place) => readdirSync(place))
    .map((name) => Number(/^lodge-bench-(\d+)(-|$)/.exec(name)?.[1]))
    .filter((pid) => pid > 0);
  return [...new Set(pids)].filter((pid) => !isBench(pid));
}

function isBench(pid: number): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, "utf8").includes("bench/main.ts");
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
