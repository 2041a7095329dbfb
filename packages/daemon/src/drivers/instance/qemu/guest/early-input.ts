import { PassThrough, type Readable, type Writable } from "node:stream";

/** Bytes up to which input is waited for as a whole. */
const limit = 64 * 1024;

/** What a command is to read, before it is decided how it gets it. */
export class EarlyInput {
  readonly writable: Writable;
  /** All of it, when it has come to its end and is short; else this never resolves. */
  readonly whole: Promise<Buffer>;
  readonly #readable: Readable;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor() {
    const stream = new PassThrough();
    this.writable = stream;
    this.#readable = stream;
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    this.whole = promise;
    stream.on("error", () => undefined);
    stream.on("data", this.#keep).once("end", () => {
      if (this.#bytes <= limit) resolve(Buffer.concat(this.#pieces));
    });
  }

  /** The pieces that came, and what comes after them, from now on. */
  pipe(to: Writable): void {
    this.#readable.off("data", this.#keep);
    for (const piece of this.#pieces.splice(0)) to.write(piece);
    if (this.#readable.readableEnded) to.end();
    else this.#readable.pipe(to);
  }

  readonly #keep = (piece: Buffer): void => {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes > limit) this.#readable.pause();
  };
}
