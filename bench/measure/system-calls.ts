import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../../test/harness/until.ts";
import { fetchedProgram } from "../peers/fetched.ts";
import { Unavailable } from "../scenario.ts";

/** What some processes, and all that they start, asked of the kernel. */
export interface KernelWork {
  readonly calls: number;
  /** Programs that were started: calls of `execve` that succeeded. */
  readonly programs: number;
}

/** Milliseconds. */
const patience = 20_000;

/**
 * Counts while something is done, by strace: that makes it slower and changes nothing else. `directory`: where strace may write.
 * Throws Unavailable where it is not there.
 */
export async function countCalls(
  pids: readonly number[],
  directory: string,
  work: () => Promise<unknown>,
): Promise<KernelWork> {
  const summary = join(directory, "strace");
  const counted = pids.flatMap((pid) => ["--attach", String(pid)]);
  const strace = spawn(straceProgram(), ["--follow-forks", "--summary-only", "--output", summary, ...counted], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  strace.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(strace, "exit");
  try {
    // One that had something to do may have ended meanwhile.
    const isWatched = (pid: number) => said.includes(`Process ${pid} attached`) || !existsSync(`/proc/${pid}`);
    await until("strace is attached", patience, () => pids.every(isWatched));
    await work();
  } finally {
    // It lets go of what it watches, and writes what it has counted.
    strace.kill("SIGINT");
    await ended;
  }
  return readSummary(await readFile(summary, "utf8"));
}

/** Of `strace --summary-only`: columns of time, calls and errors, the last of them empty where there were none. */
export function readSummary(text: string): KernelWork {
  const rows = text.split("\n").flatMap((line) => {
    const [, calls, errors, name] = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(\d+)?\s*(\S+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, calls: Number(calls), errors: Number(errors ?? 0) }];
  });
  const of = (name: string) => rows.find((row) => row.name === name) ?? { calls: 0, errors: 0 };
  const started = of("execve");
  return { calls: of("total").calls, programs: started.calls - started.errors };
}

function straceProgram(): string {
  const found = [fetchedProgram("strace"), "/usr/bin/strace"].find((path) => existsSync(path));
  if (found === undefined) throw new Unavailable("strace is not there: `npm run bench:peers` fetches it");
  return found;
}
