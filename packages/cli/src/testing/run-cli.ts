import { EventEmitter } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { run } from "../run.ts";
import type { Input, Output } from "../terminal/streams.ts";

export interface CliOptions {
  readonly socket?: string;
  /** Standard input. */
  readonly input?: string | Readable;
  /** Pretend that standard output is a terminal of so many columns. */
  readonly columns?: number;
  readonly signals?: EventEmitter;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one command line as a process would, on streams of its own. */
export async function runCli(argv: readonly string[], options: CliOptions = {}) {
  const stdout: Output = Object.assign(new PassThrough(), terminal(options.columns));
  const stderr: Output = new PassThrough();
  const stdin: Input = options.input instanceof Readable ? options.input : Readable.from([options.input ?? ""]);
  const env = {
    LODGE_SOCKET: options.socket ?? "/nonexistent/socket",
    LODGE_CONF: "/nonexistent",
    ...options.env,
  };
  const [out, err] = [text(stdout as PassThrough), text(stderr as PassThrough)];
  const signals = options.signals ?? new EventEmitter();
  const status = await run(argv, { stdin, stdout, stderr, env, signals });
  stdout.end();
  stderr.end();
  return { status, stdout: await out, stderr: await err };
}

function terminal(columns: number | undefined) {
  return columns === undefined ? {} : { isTTY: true, columns, rows: 24 };
}
