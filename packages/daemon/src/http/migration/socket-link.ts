/** A way between two servers, made of two websockets: `control` for messages, `fs` for bytes. */
import { Readable } from "node:stream";
import type { WebSocket } from "@fastify/websocket";
import { LodgeError, type MigrationMessage, migrationMessageSchema } from "@lodge/api";
import type { MigrationLink } from "@lodge/core";
import { Interruption } from "../../system/interruption.ts";
import { bytesOf, closed } from "../sessions/pump.ts";

/** Milliseconds: how often each side says that it is there, and how long it may say nothing. */
export interface LinkTimes {
  readonly beat: number;
  readonly silence: number;
}

const usual: LinkTimes = { beat: 10_000, silence: 60_000 };

/** Bytes of a frame, and how many may wait in the socket before the source has to. */
const frame = 128 * 1024;
const waiting = 1 << 20;
/** Messages that may wait to be read: nobody says as much. */
const mostMessages = 8;

export class SocketLink implements MigrationLink {
  bytes = 0;
  readonly #control: WebSocket;
  readonly #data: WebSocket;
  readonly #messages: MigrationMessage[] = [];
  #receiver: PromiseWithResolvers<MigrationMessage> | undefined;
  #reader: Readable | undefined;
  /** All bytes have come. */
  #ended = false;
  /** Why it is over. */
  #broken: LodgeError | undefined;
  readonly #whenBroken = new Interruption();
  readonly #beat: NodeJS.Timeout;
  readonly #silence: NodeJS.Timeout;

  /** Aborted, it fails whoever waits, and can still say so to the other side. */
  constructor(control: WebSocket, data: WebSocket, signal: AbortSignal, times: LinkTimes = usual) {
    this.#control = control;
    this.#data = data;
    this.#beat = setInterval(() => this.#stay(), times.beat).unref();
    const seconds = times.silence / 1000;
    this.#silence = setTimeout(() => this.#lose(`nothing came from it for ${seconds} s`), times.silence).unref();
    if (signal.aborted) this.#break(cancelled());
    else signal.addEventListener("abort", () => this.#break(cancelled()), { once: true });
    for (const socket of [control, data]) {
      socket.on("error", () => undefined);
      socket.once("close", () => this.#lost(socket));
      if (socket.readyState !== socket.OPEN) this.#lost(socket);
    }
    control.on("message", (message, isBinary) => this.#hear(bytesOf(message), isBinary));
    data.on("message", (piece, isBinary) => this.#take(bytesOf(piece), isBinary));
    control.resume();
  }

  send(message: MigrationMessage): void {
    if (this.#control.readyState === this.#control.OPEN) this.#control.send(JSON.stringify(message));
  }

  receive(): Promise<MigrationMessage> {
    const next = this.#messages.shift();
    if (next) return Promise.resolve(next);
    if (this.#broken) return Promise.reject(this.#broken);
    this.#receiver = Promise.withResolvers<MigrationMessage>();
    return this.#receiver.promise;
  }

  async sendBytes(stream: Readable): Promise<void> {
    // What the other side sends there is nothing to anybody; its close must be seen.
    this.#data.resume();
    for await (const piece of stream as AsyncIterable<Buffer>) {
      for (let at = 0; at < piece.length; at += frame) await this.#sendPiece(piece.subarray(at, at + frame));
    }
    await this.#whenBroken.unless(this.#sent(""));
  }

  readBytes(): Readable {
    const data = this.#data;
    this.#reader = new Readable({
      highWaterMark: waiting,
      read: () => data.resume(),
      destroy: (error, done) => {
        data.resume();
        done(error);
      },
    });
    if (this.#broken) this.#reader.destroy(this.#broken);
    return this.#reader;
  }

  async left(patience: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([closed(this.#control), late]);
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beat);
    clearTimeout(this.#silence);
    this.#lose("it was left");
    for (const socket of [this.#control, this.#data]) {
      socket.resume();
      socket.close(1000);
    }
    await this.left(2000);
    for (const socket of [this.#control, this.#data]) socket.terminate();
  }

  /** Also where bytes stand still for long, a server shall not take whoever waits for them for idle. */
  #stay(): void {
    this.send({ type: "alive" });
    if (this.#data.readyState === this.#data.OPEN) this.#data.ping();
  }

  async #sendPiece(piece: Buffer): Promise<void> {
    const sent = this.#sent(piece);
    this.bytes += piece.length;
    if (this.#data.bufferedAmount > waiting) await this.#whenBroken.unless(sent);
    else if (this.#broken) throw this.#broken;
  }

  #sent(piece: Buffer | ""): Promise<void> {
    return new Promise((resolve) => this.#data.send(piece, { binary: piece !== "" }, () => resolve()));
  }

  #hear(content: Buffer, isBinary: boolean): void {
    if (isBinary) return this.#lose("it speaks another protocol than Lodge's, as LXD and Incus do");
    const message = parseMessage(content.toString("utf8"));
    if (!message) return this.#lose("it says what cannot be understood");
    this.#silence.refresh();
    if (message.type === "alive" || this.#broken) return;
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (receiver) receiver.resolve(message);
    else if (this.#messages.push(message) > mostMessages) this.#lose("it talks without end");
  }

  #take(piece: Buffer, isBinary: boolean): void {
    const reader = this.#reader;
    this.#silence.refresh();
    if (!reader || reader.destroyed || this.#ended) return;
    if (!isBinary && piece.length === 0) {
      this.#ended = true;
      reader.push(null);
      return;
    }
    this.bytes += piece.length;
    if (!reader.push(piece)) this.#data.pause();
  }

  /** The bytes may end before the last messages; the messages end it all. */
  #lost(socket: WebSocket): void {
    if (socket === this.#data && this.#ended) return;
    // What came before the close is still to be read.
    setImmediate(() => this.#lose("the connection to it broke off"));
  }

  #lose(why: string): void {
    this.#break(new LodgeError({ code: "migration_failed", message: `The other server is lost: ${why}.` }));
  }

  #break(error: LodgeError): void {
    if (this.#broken) return;
    this.#broken = error;
    this.#whenBroken.happen(error);
    this.#receiver?.reject(error);
    this.#receiver = undefined;
    this.#reader?.destroy(error);
  }
}

const cancelled = () => new LodgeError({ code: "operation_cancelled", message: "It was cancelled." });

function parseMessage(text: string): MigrationMessage | undefined {
  try {
    return migrationMessageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
