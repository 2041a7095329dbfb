import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { answerOf } from "./answer.ts";
import type { CommandArguments, QmpCommandName, QmpCommands } from "./commands.ts";
import { connectSocket } from "./connect-socket.ts";
import { QmpClosedError, QmpProtocolError, QmpTimeoutError } from "./errors.ts";
import { eventOf, type QmpEvent } from "./events.ts";
import { isObject, MessageReader, type WireObject } from "./message-reader.ts";

export interface QmpConnectOptions {
  /** Path of QEMU's QMP socket. */
  readonly path: string;
  /** Milliseconds for the greeting, and for each command unless told otherwise; default 10,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Bytes; a longer message ends the connection. */
  readonly messageLimit?: number;
  /** Sends bytes together with a file descriptor; without it `executeWithDescriptor` fails. */
  readonly sendDescriptor?: SendDescriptor;
}

/** Node has no SCM_RIGHTS: whoever connects brings it. The socket has nothing else to send when it is called. */
export type SendDescriptor = (socket: Socket, bytes: Buffer, descriptor: number) => void;

interface Waiting {
  readonly command: string;
  readonly timer: NodeJS.Timeout;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface QmpClientEvents {
  /** Everything QEMU reports unasked. `events.on(client, "event", { close: ["close"] })` iterates. */
  event: [QmpEvent];
  /** Once, with the reason. */
  close: [QmpClosedError];
}

/** Connects and negotiates: resolves when commands are accepted. */
export async function connectQmp(options: QmpConnectOptions): Promise<QmpClient> {
  const timeout = options.timeout ?? 10_000;
  const socket = await connectSocket(options.path, timeout, options.signal);
  const client = new QmpClient(socket, timeout, options);
  try {
    await client.negotiate(options.signal);
  } catch (error) {
    client.close();
    throw error;
  }
  return client;
}

/**
 * One QMP connection. Commands may be under way at the same time. When the connection ends, all of them fail with
 * QmpClosedError and so does every later one.
 */
export class QmpClient extends EventEmitter<QmpClientEvents> {
  readonly #socket: Socket;
  readonly #timeout: number;
  readonly #sendDescriptor: SendDescriptor | undefined;
  readonly #reader: MessageReader;
  readonly #waiting = new Map<number, Waiting>();
  readonly #greeting = Promise.withResolvers<void>();
  #nextId = 1;
  #closed: QmpClosedError | undefined;

  constructor(socket: Socket, timeout: number, options: Pick<QmpConnectOptions, "messageLimit" | "sendDescriptor">) {
    super();
    this.#socket = socket;
    this.#timeout = timeout;
    this.#sendDescriptor = options.sendDescriptor;
    this.#reader = new MessageReader(options.messageLimit);
    this.#greeting.promise.catch(() => undefined);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#end(new QmpClosedError(`QMP connection failed: ${error.message}`, error)));
    socket.on("close", () => this.#end(new QmpClosedError("QEMU closed the QMP connection")));
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Waits for the greeting and leaves the negotiation mode. */
  async negotiate(signal?: AbortSignal): Promise<void> {
    const timer = setTimeout(
      () => this.#greeting.reject(new QmpTimeoutError("QMP greeting", this.#timeout)),
      this.#timeout,
    );
    const abort = () => this.#greeting.reject(new QmpClosedError("connecting was given up", signal?.reason));
    signal?.addEventListener("abort", abort, { once: true });
    try {
      signal?.throwIfAborted();
      await this.#greeting.promise;
      await this.#send("qmp_capabilities", undefined, this.#timeout);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  async execute<C extends QmpCommandName>(
    command: C,
    ...parameters: CommandArguments<QmpCommands[C]>
  ): Promise<QmpCommands[C]["result"]> {
    return (await this.#send(command, parameters[0], this.#timeout)) as QmpCommands[C]["result"];
  }

  /** As `execute`, with a time bound of its own in milliseconds. */
  async executeWithin<C extends QmpCommandName>(
    timeout: number,
    command: C,
    ...parameters: CommandArguments<QmpCommands[C]>
  ): Promise<QmpCommands[C]["result"]> {
    return (await this.#send(command, parameters[0], timeout)) as QmpCommands[C]["result"];
  }

  /** As `execute`, for commands that take a file descriptor with them: `getfd`, `add-fd`. The descriptor stays the caller's. */
  async executeWithDescriptor<C extends QmpCommandName>(
    descriptor: number,
    command: C,
    ...parameters: CommandArguments<QmpCommands[C]>
  ): Promise<QmpCommands[C]["result"]> {
    const send = this.#sendDescriptor;
    if (!send) throw new QmpProtocolError(`${command}: this connection cannot send descriptors`);
    // What Node still holds back would be overtaken.
    while (this.#socket.writableLength > 0 && !this.#closed) {
      await new Promise<unknown>((written) => this.#socket.write("", written));
    }
    return (await this.#send(command, parameters[0], this.#timeout, (bytes) =>
      send(this.#socket, bytes, descriptor),
    )) as QmpCommands[C]["result"];
  }

  /** Ends the connection; the virtual machine goes on. Idempotent. */
  close(): void {
    this.#end(new QmpClosedError("the QMP connection was closed"));
  }

  #send(
    command: string,
    parameters: unknown,
    timeout: number,
    write: (bytes: Buffer) => void = (bytes) => this.#socket.write(bytes),
  ): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      reject(new QmpTimeoutError(command, timeout));
    }, timeout);
    this.#waiting.set(id, { command, timer, resolve, reject });
    try {
      write(Buffer.from(`${JSON.stringify({ execute: command, arguments: parameters, id })}\n`));
    } catch (error) {
      clearTimeout(timer);
      this.#waiting.delete(id);
      reject(error);
    }
    return promise;
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#reader.push(chunk)) this.#handle(message);
    } catch (error) {
      const protocol = error instanceof QmpProtocolError ? error : new QmpProtocolError(String(error), error);
      this.#end(new QmpClosedError(`QEMU sent what is no QMP: ${protocol.message}`, protocol));
    }
  }

  #handle(message: WireObject): void {
    if (this.#closed) return;
    const event = eventOf(message);
    if (event) this.emit("event", event);
    else if (isObject(message["QMP"])) this.#greeting.resolve();
    else this.#answer(message);
  }

  /** An answer without a known id belongs to a command that timed out: nobody waits for it. */
  #answer(message: WireObject): void {
    const id = message["id"];
    const waiting = typeof id === "number" ? this.#waiting.get(id) : undefined;
    if (typeof id !== "number" || !waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    try {
      waiting.resolve(answerOf(waiting.command, message));
    } catch (error) {
      waiting.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #end(reason: QmpClosedError): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#socket.destroy();
    this.#greeting.reject(reason);
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(reason);
    }
    this.#waiting.clear();
    this.emit("close", reason);
  }
}
