import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { LodgeError } from "@lodge/api/errors";
import type { ExecRequest, ExecSession } from "@lodge/core";
import type { Client, ClientChannel, PseudoTtyOptions } from "ssh2";
import { CountedStream } from "./counted-stream.ts";
import { execCommand } from "./exec-command.ts";
import { PidLine } from "./pid-line.ts";

/** Milliseconds of silence after a command's end until the guest is asked whether more of its output is on its way. */
const silence = 250;
/** Milliseconds for a guest to answer that, however busy it is. */
const answerPatience = 30_000;

/** Runs a command in a guest over its ssh connection. */
export async function execInGuest(client: Client, request: ExecRequest): Promise<ExecSession> {
  const token = `lodge-${randomBytes(8).toString("hex")}`;
  const attach = (channel: ClientChannel) => new GuestExec(client, channel, token, request.terminal !== undefined);
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
  return new GuestExec(client, channel, token, false);
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
  readonly endsOutput = true;
  readonly #client: Client;
  readonly #channel: ClientChannel;
  readonly #outputs: readonly CountedStream[];
  readonly #pid: Promise<number | undefined>;
  #lastSignal: number = constants.signals.SIGKILL;
  readonly #closed: Promise<true>;
  #ended = false;
  /** Nobody reads any more. */
  #left = false;

  constructor(client: Client, channel: ClientChannel, token: string, terminal: boolean) {
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
    this.#closed = new Promise((resolve) => channel.once("close", () => resolve(true)));
    this.exit = this.#waitForExit();
    void this.exit.then(() => this.#drain());
  }

  resize(columns: number, rows: number): void {
    if (!this.#ended) this.#channel.setWindow(rows, columns, 0, 0);
  }

  signal(signal: number): void {
    void this.#send(signal);
  }

  close(): void {
    this.#left = true;
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

  /**
   * Ends the streams when all has been read, or when a background process only keeps them open. sshd may tell a command's end before it passes
   * on the last of its output, and a busy guest takes its time between the two: by the time that sshd has run one more command it has.
   */
  async #drain(): Promise<void> {
    for (;;) {
      const before = this.#brought;
      if (await Promise.race([this.#closed, pause(silence)])) return;
      if (this.#left) return;
      if (this.#brought !== before || this.#waiting) continue;
      if (await Promise.race([this.#closed, this.#ask(), pause(answerPatience)])) return;
      if (this.#brought !== before || this.#waiting) continue;
      this.#channel.close();
      return;
    }
  }

  /** Bytes. */
  get #brought(): number {
    return this.#outputs.reduce((sum, output) => sum + output.bytes, 0);
  }

  /** Some of the output is here and has not been read. */
  get #waiting(): boolean {
    const { readableLength, stderr } = this.#channel;
    return readableLength + stderr.readableLength > 0 || this.#outputs.some((output) => output.readableLength > 0);
  }

  /** Resolves when sshd has run another command, or does not. */
  async #ask(): Promise<void> {
    const over = (channel: ClientChannel) => {
      channel.resume().stderr.resume();
      return { closed: new Promise<void>((resolve) => channel.once("close", () => resolve())) };
    };
    await openExec(this.#client, "exit", over).then(
      ({ closed }) => closed,
      () => undefined,
    );
  }
}

/** A daemon that ends does not wait for it. */
const pause = (milliseconds: number): Promise<undefined> => delay(milliseconds, undefined, { ref: false });

function signalNumber(name: string | undefined): number | undefined {
  return (constants.signals as Readonly<Record<string, number>>)[name ?? ""];
}
