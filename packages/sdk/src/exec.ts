import type { Readable, Writable } from "node:stream";
import type { ExecPost } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { Rest } from "./rest.ts";
import type { RunningOperation } from "./running-operation.ts";
import { readableOf, writableOf } from "./socket-streams.ts";
import { Control, openSessionSockets } from "./terminal-session.ts";

export interface ExecOptions {
  readonly command: readonly string[];
  /** Missing: standard input, output and error apart, no terminal. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  readonly environment?: Readonly<Record<string, string>>;
  /** Numeric ids inside the instance. */
  readonly user?: number | undefined;
  readonly group?: number | undefined;
  readonly cwd?: string | undefined;
  /** The instance is stopped by force, and an ephemeral one deleted, when the command has ended or this session is lost. */
  readonly stopAfter?: boolean | undefined;
}

/** A command that runs inside an instance. */
export interface ExecSession {
  readonly stdin: Writable;
  /** With a terminal: everything it prints. */
  readonly stdout: Readable;
  /** Missing with a terminal. */
  readonly stderr?: Readable;
  resize(columns: number, rows: number): void;
  /** A Linux signal number. */
  signal(signal: number): void;
  /** The command's status once it has ended; what it printed may still be to be read. */
  readonly exit: Promise<number>;
  /** Ends the session; the daemon then kills the command. Idempotent. */
  close(): void;
}

/** `POST /1.0/instances/NAME/exec` and its websockets. */
export async function exec(rest: Rest, instance: string, options: ExecOptions): Promise<ExecSession> {
  const operation = await rest.start("POST", `/1.0/instances/${instance}/exec`, { body: execPost(options) });
  const sockets = await openSessionSockets(rest, operation, ["control", "0", "1", "2"]);
  const input = sockets.get("0");
  const control = sockets.get("control");
  if (!input || !control) throw new LodgeError({ code: "internal", message: "lodged offered no stream for exec." });
  const output = sockets.get("1");
  const error = sockets.get("2");
  const stdin = writableOf(input);
  const stdout = readableOf(output ?? input);
  const stderr = error && readableOf(error);
  // Also without an output on it, the socket has to be read: for its close.
  if (output) input.resume();
  const commands = new Control(control);
  const close = () => {
    for (const socket of sockets.values()) socket.terminate();
  };
  const exit = exitStatus(operation).catch((error) => {
    close();
    throw error;
  });
  exit.catch(() => undefined); // Whoever only reads the output need not handle it.
  return {
    stdin,
    stdout,
    ...(stderr && { stderr }),
    resize: (columns, rows) => commands.resize(columns, rows),
    signal: (signal) => commands.signal(signal),
    exit,
    close,
  };
}

function execPost(options: ExecOptions): Partial<ExecPost> {
  const { command, terminal, environment, user, group, cwd, stopAfter } = options;
  return {
    command: [...command],
    "wait-for-websocket": true,
    interactive: terminal !== undefined,
    environment: { ...environment },
    ...(terminal && { width: terminal.columns, height: terminal.rows }),
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    ...(cwd !== undefined && { cwd }),
    ...(stopAfter && { "stop-after": true }),
  };
}

async function exitStatus(operation: RunningOperation): Promise<number> {
  const { metadata } = await operation.wait();
  return Number(metadata.return ?? 0);
}
