/** Programs that a stream goes through. */
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { toolError } from "./run.ts";

export interface FilterOptions {
  readonly command: readonly [string, ...string[]];
  /** The host's user as whom it runs; default: root. Another has no network, and no group but its own. */
  readonly uid?: number;
  readonly cwd?: string;
  /** Its standard input; missing: it has none. */
  readonly input?: Readable | AsyncIterable<Buffer>;
  /** Makes the error of a program that failed, of its words. */
  readonly failure: (words: string, cause: unknown) => Error;
}

export interface Filter extends AsyncDisposable {
  readonly output: Readable;
  /** Resolves when the program has ended well. Its own words come before an error that its end caused elsewhere. */
  readonly done: Promise<void>;
}

/** A backup of terabytes over a slow line. */
const bound = 7 * 24 * 3_600_000;
const longestMessage = 600;

/** Starts a program, which ends with the daemon, however that ends. Disposed of, it is gone. */
export function startFilter({ command, uid, cwd, input, failure }: FilterOptions): Filter {
  const [program] = command;
  const asOther = ["--net", "--", "setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--no-new-privs"];
  const [first = "", ...rest] = uid === undefined ? ["setpriv"] : ["unshare", ...asOther];
  const child = execa(first, [...rest, "--pdeathsig=KILL", "--", ...command], {
    stdio: [input ? "pipe" : "ignore", "pipe", "pipe"],
    buffer: { stdout: false, stderr: true },
    reject: false,
    timeout: bound,
    killSignal: "SIGKILL",
    extendEnv: false,
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" },
    ...(cwd !== undefined && { cwd }),
  });
  const fed = input && child.stdin ? pipeline(input, child.stdin) : Promise.resolve();
  const ended = child.then((result) => {
    if (!result.failed) return;
    const words = typeof result.stderr === "string" ? result.stderr.trim() : "";
    if (result.code === "ENOENT" || words.includes(`failed to execute ${program}: No such file`))
      throw toolError(program, [], { code: "ENOENT" }, "internal");
    throw failure(`${program}: ${words.slice(-longestMessage) || result.shortMessage}`, result);
  });
  const done = Promise.all([ended, fed.catch((error) => onlyIfItsOwn(error, ended))]).then(() => undefined);
  done.catch(() => undefined);
  const { stdout } = child;
  return {
    output: stdout,
    done,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      stdout.destroy();
      await done.catch(() => undefined);
    },
  };
}

/** What cannot be written to a program that ended fails for that reason. */
async function onlyIfItsOwn(error: unknown, ended: Promise<void>): Promise<never> {
  const { code } = error as { code?: string };
  if (code === "EPIPE" || code === "ERR_STREAM_PREMATURE_CLOSE") await ended;
  throw error;
}
