/** Reads a stream by counts of bytes instead of by its pieces. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #seen: (piece: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  /** `seen`: is given all bytes in their order, once they have been read. */
  constructor(source: AsyncIterable<Buffer>, seen: (piece: Buffer) => void = () => undefined) {
    this.#source = source[Symbol.asyncIterator]();
    this.#seen = seen;
  }

  /** So many bytes, or fewer where the stream ends. They are what they are until more is asked for. */
  async read(count: number): Promise<Buffer> {
    // A piece may become another when the next is asked for: those before the last are copied.
    const before: Buffer[] = [];
    let last: Buffer | undefined;
    for await (const piece of this.pieces(count)) {
      const end = before.reduce((sum, { length }) => sum + length, piece.length);
      if (end < count) before.push(Buffer.from(piece));
      else last = piece;
    }
    return before.length === 0 && last ? last : Buffer.concat([...before, ...(last ? [last] : [])]);
  }

  /** The same as they come. */
  async *pieces(count: number): AsyncGenerator<Buffer, void> {
    for (let left = count; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#source.next();
        if (next.done) return;
        this.#rest = next.value;
        continue;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      this.#seen(piece);
      yield piece;
    }
  }

  /** Whether nothing more comes. */
  async atEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next();
      if (next.done) return true;
      this.#rest = next.value;
    }
    return false;
  }
}
