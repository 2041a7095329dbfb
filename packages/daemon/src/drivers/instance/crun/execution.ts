/** One `exec`: a `crun exec` process on the host, whose files lie in the run's `exec` directory. */
import { closeSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../../../system/cgroup-tree.ts";
import { shareOutOfMemoryScore } from "../../../system/memory/out-of-memory.ts";
import type { ProcessIdentity } from "../../../system/process.ts";
import { findProcess } from "../../../system/process.ts";
import { type Ending, ended } from "../../../system/spawn/children.ts";
import { posixSpawn } from "../../../system/spawn/posix-spawn.ts";
import { execFailure } from "./exec-status.ts";
import { toolEnvironment } from "./monitor.ts";
import { crunGlobals } from "./monitor-command.ts";
import type { RunPaths } from "./run-paths.ts";

const SIGKILL = 9;
/** Lodge's own failure, as `lodge exec` tells it. */
const runtimeFailed = 125;

export interface ExecutionRequest {
  readonly id: string;
  readonly paths: RunPaths;
  /** Unique in the run's `exec` directory. */
  readonly name: string;
  /** The OCI process. */
  readonly process: object;
  /** File descriptors of the command's standard streams; closed here. */
  readonly stdio: readonly [number, number, number];
  readonly consoleSocket?: string;
  /** Host pid of the container's init: the command counts like it when the host has no memory. */
  readonly init: number;
  /** Told what crun said when it failed by itself. */
  readonly failed: (message: string) => void;
}

export interface Execution {
  readonly exit: Promise<number>;
  /** The command's host process, once crun has told it. Undefined: it has ended. */
  process(): Promise<ProcessIdentity | undefined>;
}

/** The pid file of an execution: the next daemon ends what it names. */
export function pidFile(paths: RunPaths, name: string): string {
  return join(paths.executions, `${name}.pid`);
}

export async function startExecution(request: ExecutionRequest): Promise<Execution> {
  const { paths, name, id, consoleSocket, failed } = request;
  const file = (suffix: string) => join(paths.executions, `${name}.${suffix}`);
  let ending: Promise<Ending>;
  try {
    // Small files, at once: a command is often over sooner than a thread has been told to write or remove them.
    writeFileSync(file("json"), JSON.stringify(request.process), { mode: 0o600 });
    const logging = [`--log=${file("log")}`, "--log-format=json"];
    const terminal = consoleSocket ? ["--tty", `--console-socket=${consoleSocket}`] : [];
    const args = ["exec", ...terminal, `--process=${file("json")}`, `--pid-file=${pidFile(paths, name)}`, id];
    const command = [...crunGlobals(paths), ...logging, ...args];
    // It is not asked to end with the daemon: the next one ends the command itself.
    const pid = posixSpawn({ file: "crun", args: command, env: toolEnvironment, streams: request.stdio });
    ending = ended(pid, true);
    // crun sets it for a container and not for its commands.
    shareOutOfMemoryScore(pid, request.init);
  } catch (error) {
    rmSync(file("json"), { force: true });
    throw error;
  } finally {
    for (const descriptor of request.stdio) closeSync(descriptor);
  }

  let over = false;
  const exit = ending.then(async (how) => {
    over = true;
    const status = statusOf(how);
    const failure = status === 0 ? undefined : execFailure(await readFile(file("log"), "utf8").catch(() => ""));
    for (const suffix of ["json", "log", "pid"]) rmSync(file(suffix), { force: true });
    if (failure?.kind === "runtime") failed(failure.message);
    if (!failure) return status;
    return failure.kind === "command" ? failure.status : runtimeFailed;
  });
  return {
    exit,
    async process() {
      let found: ProcessIdentity | undefined;
      await until(
        "crun exec",
        10_000,
        async () => over || (found = await readProcess(pidFile(paths, name))) !== undefined,
      );
      return over ? undefined : found;
    },
  };
}

/** The process that a pid file names, if it lives. */
export async function readProcess(path: string): Promise<ProcessIdentity | undefined> {
  const pid = Number(await readFile(path, "utf8").catch(() => ""));
  return pid > 0 ? findProcess(pid) : undefined;
}

/** crun passes the command's status on; it is ended itself only when the container is. */
function statusOf(ending: Ending): number {
  if (ending.kind === "exit") return ending.status;
  return ending.signal === SIGKILL ? 128 + SIGKILL : runtimeFailed;
}
