/** Programs that a stream goes through. */
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import { Readable, type Writable } from "node:stream";
import { execa } from "execa";
import { Interruption } from "./interruption.ts";
import { createPipe, widenPipe } from "./pipe.ts";
import { ReusedReads } from "./reused-reads.ts";
import { toolError } from "./run.ts";

export interface FilterOptions {
  readonly command: readonly [string, ...string[]];
  /** The host's user as whom it runs; default: root. Another has no network, and no group but its own. */
  readonly uid?: number;
  readonly cwd?: string;
  /** Its standard input; missing: it has none. The next piece is asked for when all of one has been written. */
  readonly input?: Readable | AsyncIterable<Buffer>;
  /** Makes the error of a program that failed, of its words. */
  readonly failure: (words: string, cause: unknown) => Error;
}

export interface Filter<Output = Readable> extends AsyncDisposable {
  readonly output: Output;
  /** Resolves when the program has ended well. Its own words come before an error that its end caused elsewhere. */
  readonly done: Promise<void>;
}

/** A backup of terabytes over a slow line. */
const bound = 7 * 24 * 3_600_000;
const longestMessage = 600;
/** Bytes that a program may be ahead of who reads it; what any user's pipe may have. */
const pipeSize = 1 << 20;

/** Starts a program, which ends with the daemon, however that ends. Disposed of, it is gone. */
export function startFilter(options: FilterOptions): Filter {
  const { child, done } = start(options, "pipe");
  // There is one: it is a pipe.
  const output = child.stdout as Readable;
  return { output, done, [Symbol.asyncDispose]: () => stop(child, output, done) };
}

/** As `startFilter`, for what much comes out of: a piece of its output is what it is until the next is asked for. */
export function startReused(options: FilterOptions): Filter<AsyncIterable<Buffer>> {
  const pipe = createPipe();
  widenPipe(pipe, pipeSize);
  const { read, write } = pipe;
  const output = new ReusedReads();
  const socket = new Socket({ fd: read, readable: true, writable: false, onread: output.onread });
  try {
    const { child, done } = start(options, write);
    return { output: output.of(socket), done, [Symbol.asyncDispose]: () => stop(child, socket, done) };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    closeSync(write);
  }
}

function start(options: FilterOptions, stdout: "pipe" | number) {
  const { command, uid, cwd, input, failure } = options;
  // A pipe of our own: what Node calls one is a socket, which takes less at once.
  const pipe = input && createPipe();
  if (pipe) widenPipe(pipe, pipeSize);
  const [program] = command;
  const asOther = ["--net", "--", "setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--no-new-privs"];
  const [first = "", ...rest] = uid === undefined ? ["setpriv"] : ["unshare", ...asOther];
  const child = execa(first, [...rest, "--pdeathsig=KILL", "--", ...command], {
    // Any descriptor will do; execa's types know their own process's only.
    stdio: [(pipe?.read ?? "ignore") as "ignore", stdout as "pipe", "pipe"],
    buffer: { stdout: false, stderr: true },
    reject: false,
    timeout: bound,
    killSignal: "SIGKILL",
    extendEnv: false,
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" },
    ...(cwd !== undefined && { cwd }),
  });
  if (pipe) closeSync(pipe.read);
  const stdin = pipe && new Socket({ fd: pipe.write, readable: false, writable: true });
  // What feeds it shall not wait for more.
  void child.then(() => stdin?.destroy());
  const ended = child.then((result) => {
    if (!result.failed) return;
    const words = typeof result.stderr === "string" ? result.stderr.trim() : "";
    if (result.code === "ENOENT" || words.includes(`failed to execute ${program}: No such file`))
      throw toolError(program, [], { code: "ENOENT" }, "internal");
    throw failure(`${program}: ${words.slice(-longestMessage) || result.shortMessage}`, result);
  });
  const fed = input && stdin ? feed(input, stdin, ended) : Promise.resolve();
  const done = Promise.all([ended, fed.catch((error) => onlyIfItsOwn(error, ended))]).then(() => undefined);
  done.catch(() => undefined);
  return { child, done };
}

async function stop(child: ReturnType<typeof start>["child"], output: Readable, done: Promise<void>): Promise<void> {
  child.kill("SIGKILL");
  output.destroy();
  await done.catch(() => undefined);
}

/** A piece may become another as soon as the next is asked for: so not by a pipeline, which asks ahead. */
async function feed(input: Readable | AsyncIterable<Buffer>, stdin: Writable, ended: Promise<void>): Promise<void> {
  const closed = new Interruption();
  stdin.on("error", (error) => closed.happen(error));
  stdin.once("close", () => closed.happen(Object.assign(new Error("closed"), { code: "ERR_STREAM_PREMATURE_CLOSE" })));
  const write = (piece: Buffer) =>
    new Promise<void>((resolve, reject) => void stdin.write(piece, (error) => (error ? reject(error) : resolve())));
  const pieces = (input as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = pieces.next();
      // A program that sees where its input ends is gone before whoever sends that has said so.
      const { done, value } = await closed.unless(next).catch((error) => {
        if (!closed.happened) throw error;
        return ended.then(() => next);
      });
      if (done) break;
      await closed.unless(write(value));
    }
    stdin.end();
  } catch (error) {
    stdin.destroy();
    // Not awaited: it may wait for a piece that never comes.
    if (input instanceof Readable) input.destroy();
    else void pieces.return?.().catch(() => undefined);
    throw error;
  }
}

/** What cannot be written to a program that ended fails for that reason. */
async function onlyIfItsOwn(error: unknown, ended: Promise<void>): Promise<never> {
  const { code } = error as { code?: string };
  if (code === "EPIPE" || code === "ERR_STREAM_PREMATURE_CLOSE") await ended;
  throw error;
}
