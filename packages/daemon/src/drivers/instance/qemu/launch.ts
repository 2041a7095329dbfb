import { closeSync, writeSync } from "node:fs";
import { outOfMemoryScore, setOutOfMemoryScore } from "../../../system/memory/out-of-memory.ts";
import { createPipe } from "../../../system/pipe.ts";
import { type LastingProcess, startLasting } from "../../../system/spawn/lasting-process.ts";
import type { SpawnRequest } from "../../../system/spawn/posix-spawn.ts";

export interface LaunchRequest {
  readonly program: string;
  readonly args: readonly string[];
  readonly as: LaunchedAs;
  /** Bytes that it may lock in memory; missing: what the daemon may. */
  readonly lockedMemory?: number;
  /** See out-of-memory.ts; missing: that of an instance whose configuration says nothing. */
  readonly outOfMemoryScore?: number;
  /** Descriptor for standard output and error. */
  readonly log: number;
  /** Inherited as 3, 4, 5… */
  readonly descriptors: readonly number[];
}

/** Whom the process is to be. */
export type LaunchedAs =
  | {
      readonly kind: "user";
      /** User and group. */
      readonly uid: number;
      /** Supplementary groups: none but that of /dev/kvm. */
      readonly groups: readonly number[];
    }
  /** The root of a user namespace, which it sees as this descriptor. */
  | { readonly kind: "root-of"; readonly namespace: number };

/** The number under which the process sees `descriptors[index]`. */
export const inherited = (index: number): number => 3 + index;

/**
 * Waits for a line before it becomes the program: until the caller has moved it into its cgroup. When the daemon dies in
 * between, the line never comes and the process ends. No core dump shall hold a guest's memory.
 */
const gate = 'ulimit -c 0; read -r _ || exit 1; exec "$@" </dev/null';

/**
 * Starts a program that outlives the daemon: in a session of its own, without root's rights, in an empty network
 * namespace. It runs once `place` (which puts it into its cgroup) is done.
 */
export async function launch(request: LaunchRequest, place: (pid: number) => Promise<void>): Promise<LastingProcess> {
  const { program, args, as, log, descriptors } = request;
  const command = ["unshare", "--net", "--", ...lockLimit(request), ...unprivileged(as), program, ...args];
  const { read, write } = createPipe();
  try {
    const child = start(["-c", gate, "lodge-launch", ...command], [read, log, log], descriptors);
    try {
      setOutOfMemoryScore(child.pid, request.outOfMemoryScore ?? outOfMemoryScore({}));
      await place(child.pid);
      give(write, "go\n");
      return child;
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  } finally {
    closeSync(write);
  }
}

/** One that has ended already shows that by its end. */
function give(pipe: number, word: string): void {
  try {
    writeSync(pipe, word);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

function start(
  args: readonly string[],
  streams: SpawnRequest["streams"],
  inherited: readonly number[],
): LastingProcess {
  try {
    const env = { PATH: process.env["PATH"], LANG: "C.UTF-8" };
    return startLasting({ file: "/bin/sh", args, env, cwd: "/", streams, inherited });
  } finally {
    closeSync(streams[0]);
  }
}

function lockLimit({ lockedMemory }: LaunchRequest): string[] {
  return lockedMemory === undefined ? [] : ["prlimit", `--memlock=${lockedMemory}:${lockedMemory}`, "--"];
}

function unprivileged(as: LaunchedAs): string[] {
  if (as.kind === "root-of") {
    const enter = ["nsenter", `--user=/proc/self/fd/${as.namespace}`, "--setuid=0", "--setgid=0", "--"];
    return [...enter, "setpriv", "--no-new-privs", "--"];
  }
  const { uid, groups } = as;
  return [
    "setpriv",
    `--reuid=${uid}`,
    `--regid=${uid}`,
    groups.length === 0 ? "--clear-groups" : `--groups=${groups.join(",")}`,
    "--no-new-privs",
    "--inh-caps=-all",
    "--bounding-set=-all",
    "--",
  ];
}
