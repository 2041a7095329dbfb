import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type { ExecOptions, ExecSession } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { rawMode } from "./terminal/raw-mode.ts";
import { endedBySignal, forwardSignals } from "./terminal/signals.ts";
import type { Output } from "./terminal/streams.ts";
import { type Patience, whenReady } from "./when-ready.ts";

export interface CommandRequest extends Omit<ExecOptions, "terminal"> {
  readonly instance: string;
  /** Undefined: a terminal when this process has one on both sides. */
  readonly terminal: boolean | undefined;
  readonly patience: Patience;
  /** The command runs; what it prints and reads waits for this. */
  readonly begun?: () => Promise<void> | void;
}

/** Runs a command inside an instance on this process's streams and returns its exit status. */
export async function runCommand(context: Context, request: CommandRequest): Promise<number> {
  const { stdin, stdout, env } = context.surroundings;
  const terminal = request.terminal ?? Boolean(stdin.isTTY && stdout.isTTY);
  const options: ExecOptions = {
    command: request.command,
    user: request.user,
    group: request.group,
    cwd: request.cwd,
    stopAfter: request.stopAfter,
    environment: { ...(terminal && env.TERM && { TERM: env.TERM }), ...request.environment },
    ...(terminal && { terminal: { columns: stdout.columns || 80, rows: stdout.rows || 24 } }),
  };
  const session = await whenReady(context, request.instance, request.patience, (client) =>
    client.instances.exec(request.instance, options),
  );
  try {
    await request.begun?.();
    return terminal ? await onTerminal(context, session) : await onPipes(context, session);
  } finally {
    session.close();
    stdin.unpipe(session.stdin);
    stdin.pause();
  }
}

/** The guest's terminal is this one: keys, sizes and all. */
async function onTerminal(context: Context, session: ExecSession): Promise<number> {
  const { stdin, stdout, signals } = context.surroundings;
  using _raw = rawMode(stdin);
  using signal = endedBySignal(signals);
  const resize = () => session.resize(stdout.columns || 80, stdout.rows || 24);
  stdout.on("resize", resize);
  try {
    stdin.pipe(session.stdin);
    const shown = copy(session.stdout, stdout);
    const status = await Promise.race([session.exit, signal.ended]);
    await shown;
    return status;
  } finally {
    stdout.off("resize", resize);
  }
}

/** Three streams; signals that this process gets are the command's. */
async function onPipes(context: Context, session: ExecSession): Promise<number> {
  const { stdin, stdout, stderr, signals } = context.surroundings;
  using _forwarding = forwardSignals(signals, (signal) => session.signal(signal));
  stdin.pipe(session.stdin);
  const outputs = [copy(session.stdout, stdout), ...(session.stderr ? [copy(session.stderr, stderr)] : [])];
  const status = await session.exit;
  await Promise.all(outputs);
  return status;
}

/** Ends with its source; the process's own streams stay open. */
async function copy(source: Readable, target: Output): Promise<void> {
  source.pipe(target, { end: false });
  await finished(source).catch(() => undefined);
}
