/**
 * What comes through a socket or a pipe, read into one buffer again and again. Node makes a new one for each read otherwise, and where
 * hundreds of megabytes pass, the collector then walks through the daemon's whole heap every few of them: half of the work.
 */
import type { OnReadOpts, Socket } from "node:net";

const bufferSize = 256 << 10;

export class ReusedReads implements AsyncIterable<Buffer> {
  /** What the socket is made with. */
  readonly onread: OnReadOpts;
  #socket: Socket | undefined;
  #piece: Buffer | undefined;
  #ended = false;
  #error: Error | undefined;
  #changed = Promise.withResolvers<void>();

  constructor() {
    this.onread = {
      buffer: Buffer.allocUnsafeSlow(bufferSize),
      callback: (count, buffer) => {
        this.#piece = Buffer.from(buffer.buffer, buffer.byteOffset, count);
        this.#changed.resolve();
        // Until this one has been used.
        return false;
      },
    };
  }

  of(socket: Socket): this {
    this.#socket = socket;
    const end = (error?: Error) => {
      this.#ended = true;
      this.#error ??= error;
      this.#changed.resolve();
    };
    socket
      .once("error", end)
      .once("end", () => end())
      .once("close", () => end());
    return this;
  }

  /** A piece is what it is until the next is asked for. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    for (;;) {
      while (!this.#piece && !this.#ended) {
        this.#changed = Promise.withResolvers();
        this.#socket?.resume();
        await this.#changed.promise;
      }
      const piece = this.#piece;
      this.#piece = undefined;
      if (piece) yield piece;
      else if (this.#error) throw this.#error;
      else return;
    }
  }
}
