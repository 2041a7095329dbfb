import { randomInt } from "node:crypto";
import type { Duplex } from "node:stream";
import type { AgentCommandName, AgentCommands } from "./agent-commands.ts";
import { answerOf } from "./answer.ts";
import type { CommandArguments } from "./commands.ts";
import { connectSocket } from "./connect-socket.ts";
import { QmpClosedError, QmpTimeoutError } from "./errors.ts";
import { MessageReader, type WireObject } from "./message-reader.ts";

export interface GuestAgentOptions {
  /** Path of the socket behind the port `org.qemu.guest_agent.0`. */
  readonly path: string;
  /** Milliseconds for the agent to show itself, and for each command; default 5,000. */
  readonly timeout?: number;
  /** Bytes; a longer message ends the connection. */
  readonly messageLimit?: number;
}

/**
 * The byte that `guest-sync-delimited` puts before its answer: what came before it is another session's. So may be an answer after it, of a
 * session that a fork's source was beginning.
 */
const delimiter = 0xff;

/** Connects and makes sure that the agent answers and that its answers are to us. */
export async function connectGuestAgent(options: GuestAgentOptions): Promise<GuestAgent> {
  const timeout = options.timeout ?? 5_000;
  const agent = new GuestAgent(await connectSocket(options.path, timeout), timeout, options.messageLimit);
  try {
    await agent.synchronize();
  } catch (error) {
    agent.close();
    throw error;
  }
  return agent;
}

/**
 * One connection to a guest's agent. The protocol has no ids: commands go one after the other, and the connection ends
 * with the first that gets no answer, because a late one would be taken for the next command's.
 */
export class GuestAgent implements Disposable {
  readonly #socket: Duplex;
  readonly #timeout: number;
  readonly #reader: MessageReader;
  #last: Promise<unknown> = Promise.resolve();
  #answer: PromiseWithResolvers<WireObject> | undefined;
  /** Of the synchronization that is under way. */
  #expected: number | undefined;
  #delimited = false;
  #closed: Error | undefined;

  constructor(socket: Duplex, timeout: number, messageLimit?: number) {
    this.#socket = socket;
    this.#timeout = timeout;
    this.#reader = new MessageReader(messageLimit);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#end(new QmpClosedError(`agent connection failed: ${error.message}`, error)));
    socket.on("close", () => this.#end(new QmpClosedError("the guest agent's connection was closed")));
  }

  /** Throws away what earlier sessions left in the channel. */
  async synchronize(): Promise<void> {
    const id = randomInt(2 ** 31);
    this.#expected = id;
    this.#socket.write(Buffer.from([delimiter]));
    await this.#ask("guest-sync-delimited", { id });
    this.#expected = undefined;
  }

  async execute<C extends AgentCommandName>(
    command: C,
    ...parameters: CommandArguments<AgentCommands[C]>
  ): Promise<AgentCommands[C]["result"]> {
    const turn = this.#last.then(() => this.#ask(command, parameters[0]));
    this.#last = turn.catch(() => undefined);
    return (await turn) as AgentCommands[C]["result"];
  }

  /**
   * Asks the guest to power off. The agent answers only when it cannot: silence for `patience` milliseconds means that
   * it went ahead.
   */
  async shutdown(patience = 2_000): Promise<void> {
    try {
      await this.#ask("guest-shutdown", { mode: "powerdown" }, patience);
    } catch (error) {
      if (!(error instanceof QmpTimeoutError) && !(error instanceof QmpClosedError)) throw error;
    }
  }

  close(): void {
    this.#end(new QmpClosedError("the guest agent's connection was closed"));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #ask(command: string, parameters: unknown, timeout = this.#timeout): Promise<unknown> {
    if (this.#closed) throw this.#closed;
    this.#answer = Promise.withResolvers<WireObject>();
    const timer = setTimeout(() => this.#end(new QmpTimeoutError(command, timeout)), timeout);
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters })}\n`);
    try {
      return answerOf(command, await this.#answer.promise);
    } finally {
      clearTimeout(timer);
      this.#answer = undefined;
    }
  }

  #receive(chunk: Buffer): void {
    try {
      const messages = this.#reader.push(this.#expected === undefined ? chunk : this.#skipToDelimiter(chunk));
      for (const message of messages)
        if (this.#expected === undefined || message["return"] === this.#expected) this.#answer?.resolve(message);
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #skipToDelimiter(chunk: Buffer): Buffer {
    const at = chunk.lastIndexOf(delimiter);
    if (at === -1) return this.#delimited ? chunk : Buffer.alloc(0);
    this.#delimited = true;
    this.#reader.discard();
    return chunk.subarray(at + 1);
  }

  #end(reason: Error): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#socket.destroy();
    this.#answer?.reject(reason);
  }
}
