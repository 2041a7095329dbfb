/** Runs the programs that read what strangers made: as nobody, on an open file, for a bounded time. */
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { toolError } from "../../../system/run.ts";
import { refuse } from "./refuse.ts";

/** How a program names the file that it was given. Its folder may be closed to it. */
export const givenFile = "/proc/self/fd/0";

/** They end with the daemon, too, however that ends. */
const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--pdeathsig=KILL", "--"];
/** An hour: a slow disk, a large image. */
const timeout = 3_600_000;
const longestMessage = 600;

export interface Reading {
  readonly stdout: Readable;
  /** Rejects with `image_invalid` and the program's words when it failed. */
  readonly done: Promise<void>;
  kill(): void;
}

/** Starts a program with the file as its standard input. */
export function readUnprivileged(
  file: FileHandle,
  [program, ...args]: readonly [string, ...string[]],
  signal: AbortSignal,
): Reading {
  const child = execa("setpriv", [...nobody, program, ...args], {
    // Any descriptor will do; execa's types know their own process's only.
    stdin: file.fd as 0,
    buffer: { stdout: false, stderr: true },
    reject: false,
    timeout,
    cancelSignal: signal,
    killSignal: "SIGKILL",
    extendEnv: false,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" },
  });
  const done = child.then((result) => {
    signal.throwIfAborted();
    if (!result.failed) return;
    if (result.code === "ENOENT") throw toolError("setpriv", [], result, "internal");
    const words = typeof result.stderr === "string" ? result.stderr.trim() : "";
    if (words.includes(`failed to execute ${program}: No such file`))
      throw toolError(program, [], { code: "ENOENT" }, "internal");
    if (result.timedOut) throw refuse(`${program} could not read it within an hour`);
    throw refuse(`${program} cannot read it: ${words.slice(-longestMessage) || result.shortMessage}`, result);
  });
  done.catch(() => {});
  return { stdout: child.stdout, done, kill: () => child.kill("SIGKILL") };
}

/** The same, with all that it prints. */
export async function outputUnprivileged(
  file: FileHandle,
  command: readonly [string, ...string[]],
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  const reading = readUnprivileged(file, command, signal);
  try {
    let rest = "";
    for await (const chunk of reading.stdout.setEncoding("utf8")) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    }
    if (rest !== "") onLine(rest);
    await reading.done;
  } finally {
    reading.kill();
  }
}
