/** Runs a program to its end and keeps what it says. */
import { closeSync, existsSync } from "node:fs";
import { Socket } from "node:net";
import { inNetworkNamespace } from "../network-namespace.ts";
import { createPipe, openNull, type PipeEnds } from "../pipe.ts";
import { type Ending, ended } from "./children.ts";
import { posixSpawn } from "./posix-spawn.ts";

export interface CaptureRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Path of the network namespace that it runs in; missing: the daemon's own. */
  readonly network?: string;
  /** For standard input; missing: it is empty. */
  readonly input?: string | Buffer;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** It runs. */
  readonly started?: (pid: number) => void;
}

export interface Captured {
  readonly ending: Ending;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was ended by us. */
  readonly cut?: "time" | "abort" | "output";
}

/** Milliseconds that a program has to end when it is asked to. */
const mercy = 5_000;
/** Bytes of each stream: more is a program gone mad. */
const mostOutput = 100_000_000;

/** Resolves when the program has ended and all that it said is read. Throws SystemCallError when it cannot be started. */
export async function capture(request: CaptureRequest): Promise<Captured> {
  request.signal?.throwIfAborted();
  const { pid, stdin, stdout, stderr } = start(request);
  request.started?.(pid);
  let over = false;
  let cut: Captured["cut"];
  let last: NodeJS.Timeout | undefined;
  const end = (why: NonNullable<Captured["cut"]>) => {
    if (cut || over) return;
    cut = why;
    process.kill(pid, "SIGTERM");
    last = setTimeout(() => process.kill(pid, "SIGKILL"), mercy);
  };
  const bound = setTimeout(() => end("time"), request.timeout);
  const abort = () => end("abort");
  request.signal?.addEventListener("abort", abort, { once: true });
  if (request.input !== undefined) stdin?.end(request.input);
  const exit = ended(pid).then((ending) => {
    over = true;
    clearTimeout(bound);
    clearTimeout(last);
    request.signal?.removeEventListener("abort", abort);
    // What it has started may keep the streams open.
    if (cut) for (const stream of [stdout, stderr]) stream.destroy();
    return ending;
  });
  const full = () => end("output");
  const [ending, said, complained] = await Promise.all([exit, textOf(stdout, full), textOf(stderr, full)]);
  return { ending, stdout: said, stderr: complained, ...(cut && { cut }) };
}

function start({ file, args, env, cwd, network, input }: CaptureRequest) {
  const [stdout, stderr] = [createPipe(), createPipe()];
  const stdin = input === undefined ? undefined : createPipe();
  const empty = stdin ? stdin.read : openNull();
  const ours = [stdout.read, stderr.read, ...(stdin ? [stdin.write] : [])];
  try {
    const streams = [empty, stdout.write, stderr.write] as const;
    const spawn = () => posixSpawn({ file, args, env, streams, ...(cwd !== undefined && { cwd }) });
    const pid = network === undefined ? spawn() : within(network, spawn);
    return { pid, stdout: reader(stdout), stderr: reader(stderr), ...(stdin && { stdin: writer(stdin) }) };
  } catch (error) {
    for (const descriptor of ours) closeSync(descriptor);
    throw error;
  } finally {
    for (const descriptor of [empty, stdout.write, stderr.write]) closeSync(descriptor);
  }
}

/** That there is no such namespace is told from that there is no such program. */
function within(network: string, spawn: () => number): number {
  if (existsSync(network)) return inNetworkNamespace(network, spawn);
  throw new Error(`there is no network namespace ${network}`);
}

const reader = ({ read }: PipeEnds): Socket => new Socket({ fd: read, readable: true, writable: false });

function writer({ write }: PipeEnds): Socket {
  // A program may end before it has read all.
  return new Socket({ fd: write, readable: false, writable: true }).on("error", () => undefined);
}

function textOf(stream: Socket, full: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostOutput) full();
    else chunks.push(chunk);
  });
  return new Promise((resolve, reject) => {
    stream.once("error", reject);
    stream.once("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}
