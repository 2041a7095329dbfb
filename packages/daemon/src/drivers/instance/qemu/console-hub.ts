import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { ConsoleSession } from "@lodge/core";

/** Bytes that wait for a slow reader before the session is ended: the guest's console must not wait for it. */
const backlogLimit = 4 * 2 ** 20;
const reconnectPause = 500;

/** The serial console's one connection, shared by all sessions: each sees all output, and all may type. */
export class ConsoleHub {
  readonly #path: string;
  readonly #sessions = new Set<Duplex>();
  readonly #stopped = new AbortController();
  #socket: Socket | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  start(): void {
    void this.#keepConnected();
  }

  /** Ends all sessions. */
  stop(): void {
    this.#stopped.abort();
    this.#socket?.destroy();
    for (const session of this.#sessions) session.push(null);
    this.#sessions.clear();
  }

  open(): ConsoleSession {
    const stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        if (this.#socket?.writable) this.#socket.write(chunk, done);
        else done();
      },
      destroy: (error, done) => {
        this.#sessions.delete(stream);
        done(error);
      },
    });
    this.#sessions.add(stream);
    if (this.#stopped.signal.aborted) stream.push(null);
    // A serial line has no size to change.
    return { stream, resize: () => undefined, close: () => stream.destroy() };
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const socket = connect(this.#path);
      this.#socket = socket;
      socket.on("data", (chunk: Buffer) => this.#broadcast(chunk));
      socket.on("error", () => undefined);
      await once(socket, "close").catch(() => undefined);
      await delay(reconnectPause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  #broadcast(chunk: Buffer): void {
    for (const session of this.#sessions) {
      session.push(chunk);
      if (session.readableLength > backlogLimit) session.destroy();
    }
  }
}
