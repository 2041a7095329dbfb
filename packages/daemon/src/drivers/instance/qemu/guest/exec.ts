import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import type { ExecRequest, ExecSession } from "@lodge/core";
import type { Client, ClientChannel, PseudoTtyOptions } from "ssh2";
import { CountedStream } from "./counted-stream.ts";
import { execCommand } from "./exec-command.ts";
import { PidLine } from "./pid-line.ts";

/** Milliseconds for which a background process that keeps the streams open may be silent after the command's end. */
const drainPatience = 1_000;
/** The same where no background process can do that: a bound for a guest so busy that its sshd does not get to the rest. */
const broughtPatience = 10_000;

/** Runs a command in a guest over its ssh connection. */
export async function execInGuest(client: Client, request: ExecRequest): Promise<ExecSession> {
  const token = `lodge-${randomBytes(8).toString("hex")}`;
  const attach = (channel: ClientChannel) =>
    new GuestExec(client, channel, token, request.terminal !== undefined, drainPatience);
  try {
    return await openExec(client, execCommand(request, token), attach, request.terminal);
  } catch (cause) {
    throw new LodgeError({
      code: "instance_operation_failed",
      message: `The guest's sshd did not begin "${request.command[0]}" (${cause instanceof Error ? cause.message : String(cause)}); see whether it ran before you try again.`,
      cause,
    });
  }
}

/** A command without a terminal that runs on this channel, reports its pid behind the token, and ends with all that it brings. */
export function followExec(client: Client, channel: ClientChannel, token: string): ExecSession {
  return new GuestExec(client, channel, token, false, broughtPatience);
}

/**
 * Begins a command and hands its channel to `attach` at once: a short command's exit status may stand in the same packet
 * as the answer that opens the channel, and is lost to whoever listens a turn later. sshd refuses too many sessions.
 */
export function openExec<T>(
  client: Client,
  command: string,
  attach: (channel: ClientChannel) => T,
  terminal?: { readonly columns: number; readonly rows: number },
): Promise<T> {
  const pty = terminal && ({ cols: terminal.columns, rows: terminal.rows, term: "xterm-256color" } as PseudoTtyOptions);
  return new Promise((resolve, reject) => {
    client.exec(command, pty ? { pty } : {}, (error, channel) => (error ? reject(error) : resolve(attach(channel))));
  });
}

class GuestExec implements ExecSession {
  readonly stdin: ClientChannel;
  readonly stdout: Readable;
  readonly stderr?: Readable;
  readonly exit: Promise<number>;
  readonly #client: Client;
  readonly #channel: ClientChannel;
  readonly #outputs: readonly CountedStream[];
  readonly #pid: Promise<number | undefined>;
  #lastSignal: number = constants.signals.SIGKILL;
  #ended = false;

  constructor(client: Client, channel: ClientChannel, token: string, terminal: boolean, patience: number) {
    this.#client = client;
    this.#channel = channel;
    this.stdin = channel;
    const pid = Promise.withResolvers<number | undefined>();
    this.#pid = pid.promise;
    channel.once("close", () => pid.resolve(undefined));
    const reported = new PidLine(token, pid.resolve);
    const stdout = terminal ? reported : new CountedStream();
    this.stdout = channel.pipe(stdout);
    if (!terminal) this.stderr = channel.stderr.pipe(reported);
    this.#outputs = [stdout, reported];
    this.exit = this.#waitForExit();
    void this.exit.then(() => this.#drain(patience));
  }

  resize(columns: number, rows: number): void {
    if (!this.#ended) this.#channel.setWindow(rows, columns, 0, 0);
  }

  signal(signal: number): void {
    void this.#send(signal);
  }

  close(): void {
    void this.#send(constants.signals.SIGKILL).finally(() => this.#channel.close());
  }

  /**
   * To the command's process group, by a command of its own: OpenSSH refuses the protocol's signals in root's sessions
   * ("session signalling requires privilege separation").
   */
  async #send(signal: number): Promise<void> {
    if (this.#ended) return;
    const pid = await this.#pid;
    if (!pid || this.#ended) return;
    this.#lastSignal = signal;
    const kill = `exec /bin/sh -c 'kill -${signal} -${pid}'`;
    await openExec(this.#client, kill, (channel) => channel.resume().stderr.resume()).catch(() => undefined);
  }

  /** A connection that is lost takes the command with it, as a kill does. */
  #waitForExit(): Promise<number> {
    return new Promise((resolve) => {
      this.#channel.once("exit", (code: number | null, signal?: string) => {
        this.#ended = true;
        resolve(code ?? 128 + (signalNumber(signal) ?? this.#lastSignal));
      });
      this.#channel.once("close", () => {
        this.#ended = true;
        resolve(128 + constants.signals.SIGKILL);
      });
    });
  }

  /** Ends the streams when all has been read, or when a background process only keeps them open. */
  #drain(patience: number): void {
    let seen = -1;
    const timer = setInterval(() => {
      const bytes = this.#outputs.reduce((sum, output) => sum + output.bytes, 0);
      const waiting = this.#outputs.some((output) => output.readableLength > 0);
      if (bytes === seen && !waiting) this.#channel.close();
      seen = bytes;
    }, patience);
    this.#channel.once("close", () => clearInterval(timer));
  }
}

function signalNumber(name: string | undefined): number | undefined {
  return (constants.signals as Readonly<Record<string, number>>)[name ?? ""];
}
