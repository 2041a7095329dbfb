/** Runs the programs that read what strangers made: as nobody, without a network, on an open file, for a bounded time. Guests are strangers, too. */
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { toolError } from "./run.ts";

/** How a program names the file that it was given. Its folder may be closed to it. */
export const givenFile = "/proc/self/fd/0";
/** How it names the file that it may write. */
export const resultFile = "/proc/self/fd/3";

export const nobodyId = 65_534;
/** They end with the daemon, too, however that ends. */
const asUser = (uid: number) => [
  `--reuid=${uid}`,
  `--regid=${uid}`,
  "--clear-groups",
  "--no-new-privs",
  "--pdeathsig=KILL",
  "--",
];
/** An hour: a slow disk, a large image. And more for those that write another as well. */
const hours = { reading: 1, writing: 6 };
const longestMessage = 600;

export interface Reading {
  readonly stdout: Readable;
  /** Rejects with the program's words when it failed. */
  readonly done: Promise<void>;
  kill(): void;
}

export interface ReadOptions {
  /** A file that the program may write. */
  readonly writing?: {
    /** Empty; the program names it `resultFile`. */
    readonly result: FileHandle;
    /** Bytes that it may write. */
    readonly most: number;
    /** What it means when that is not enough. */
    readonly beyond: Error;
  };
  /** Exit statuses that are no failure, beside 0. */
  readonly fine?: readonly number[];
  /** The host's user as whom it runs; default: nobody. */
  readonly uid?: number;
  /** Makes the error of a program that failed, of its words. */
  readonly failure: (words: string, cause: unknown) => Error;
}

/** Bytes of address space of a program that writes: far more than any needs, and no danger to the host. */
const memory = 2 ** 31;

/** Starts a program with the file as its standard input. */
export function readUnprivileged(
  file: FileHandle,
  [program, ...args]: readonly [string, ...string[]],
  signal: AbortSignal,
  { writing, fine = [], uid = nobodyId, failure }: ReadOptions,
): Reading {
  const patience = writing ? hours.writing : hours.reading;
  const limits = writing ? ["prlimit", `--as=${memory}`, `--fsize=${writing.most}`, "--core=0", "--"] : [];
  const child = execa("unshare", ["--net", "--", "setpriv", ...asUser(uid), ...limits, program, ...args], {
    // Any descriptor will do; execa's types know their own process's only.
    stdio: [file.fd as 0, "pipe", "pipe", ...(writing ? [writing.result.fd as 0] : [])],
    buffer: { stdout: false, stderr: true },
    reject: false,
    timeout: patience * 3_600_000,
    cancelSignal: signal,
    killSignal: "SIGKILL",
    extendEnv: false,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" },
  });
  const done = child.then((result) => {
    signal.throwIfAborted();
    if (!result.failed || fine.includes(result.exitCode ?? 0)) return;
    if (result.code === "ENOENT") throw toolError("unshare", [], result, "internal");
    const words = typeof result.stderr === "string" ? result.stderr.trim() : "";
    if (writing && (result.signal === "SIGXFSZ" || words.includes("File too large"))) throw writing.beyond;
    if (words.includes(`failed to execute ${program}: No such file`))
      throw toolError(program, [], { code: "ENOENT" }, "internal");
    if (result.timedOut) throw failure(`${program} could not read it within ${patience} h`, result);
    throw failure(`${program} cannot read it: ${words.slice(-longestMessage) || result.shortMessage}`, result);
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
  options: ReadOptions,
): Promise<void> {
  const reading = readUnprivileged(file, command, signal, options);
  // Programs that write show their progress in one line, over and over. Those that list may have names with \r.
  const lineEnd = options.writing ? /[\n\r]/ : "\n";
  try {
    let rest = "";
    for await (const chunk of reading.stdout.setEncoding("utf8")) {
      const lines = (rest + chunk).split(lineEnd);
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    }
    if (rest !== "") onLine(rest);
    await reading.done;
  } finally {
    reading.kill();
  }
}

/** How far `qemu-img -p` says it is. */
export function percentOf(line: string): number | undefined {
  const percent = /\((\d+\.\d+)\/100%\)/.exec(line)?.[1];
  return percent === undefined ? undefined : Number(percent);
}
