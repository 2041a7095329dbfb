import { Readable } from "node:stream";

/**
 * A stream of what is read into the same few buffers again and again: for whoever reads it as a stream its pieces are copied, and who
 * asks for them one by one is lent them.
 */
export class LentPieces extends Readable {
  readonly #pieces: AsyncGenerator<Buffer, void>;

  /** A piece of `pieces` is what it is until the next is asked for. */
  constructor(pieces: AsyncGenerator<Buffer, void>) {
    super({ highWaterMark: 1 << 20 });
    this.#pieces = pieces;
  }

  /** In place of reading the stream. Given up before their end, or failed, they close it. */
  async *lent(): AsyncGenerator<Buffer, void> {
    // Whoever asks for the pieces is told.
    this.on("error", () => undefined);
    try {
      yield* this.#pieces;
    } finally {
      this.destroy();
    }
  }

  override _read(): void {
    this.#pieces.next().then(
      ({ done, value }) => void this.push(done ? null : Buffer.from(value)),
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#pieces.return().then(
      () => callback(error),
      (cause: unknown) => callback(error ?? (cause instanceof Error ? cause : new Error(String(cause)))),
    );
  }
}
