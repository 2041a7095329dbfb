/** Goes through a backup's entries, forwards only. */
import type { Readable } from "node:stream";
import { type Filter, startFilter } from "../../system/filter.ts";
import { ByteReader } from "../../system/tar/byte-reader.ts";
import { compressionOf, decompressor } from "../../system/tar/compression.ts";
import { insidePath } from "../../system/tar/entry-rules.ts";
import { type ReadEntry, readTar } from "../../system/tar/read-tar.ts";
import { fromBytes } from "../../system/tar/tar-block.ts";
import { nobodyId } from "../../system/unprivileged.ts";
import { Checksum, longestChecksum } from "./checksum.ts";
import { entryName } from "./disk/sparse-entry.ts";
import { refuse } from "./failure.ts";

/** Bytes that tell how the stream is compressed. */
const signature = 6;

export class EntryCursor implements AsyncDisposable {
  readonly #stream: Readable;
  readonly #filter: Filter | undefined;
  readonly #reader: ByteReader;
  readonly #entries: AsyncGenerator<ReadEntry, void>;
  readonly #checksum = new Checksum();
  /** Of all before the present entry. */
  #before = "";
  #current: ReadEntry | undefined;

  private constructor(stream: Readable, source: AsyncIterable<Buffer>, filter: Filter | undefined) {
    this.#stream = stream;
    this.#filter = filter;
    this.#reader = new ByteReader(source, (piece) => this.#checksum.add(piece));
    this.#entries = readTar(this.#reader, refuse, () => {
      this.#before = this.#checksum.toString();
    });
  }

  static async open(stream: Readable): Promise<EntryCursor> {
    const reader = new ByteReader(stream as AsyncIterable<Buffer>);
    const head = await reader.read(signature);
    async function* whole() {
      yield head;
      yield* reader.pieces(Number.POSITIVE_INFINITY);
    }
    const compression = compressionOf(head);
    if (compression === "none") return new EntryCursor(stream, whole(), undefined);
    const failure = (words: string, cause: unknown) => refuse(`it is damaged (${words})`, cause);
    const filter = startFilter({ command: decompressor(compression), uid: nobodyId, input: whole(), failure });
    return new EntryCursor(stream, filter.output as AsyncIterable<Buffer>, filter);
  }

  /** Undefined after the last, and before the first. */
  get current(): ReadEntry | undefined {
    return this.#current;
  }

  /** Of the present entry: as a character for each byte, without `./` and slashes at its end. */
  get path(): string {
    return this.#current ? insidePath(entryName(this.#current.header), refuse) : "";
  }

  async next(): Promise<ReadEntry | undefined> {
    try {
      const { value } = await this.#entries.next();
      this.#current = value ?? undefined;
      return this.#current;
    } catch (error) {
      // What uncompresses it says more than that its output ends. Where that does not end, nobody would read it to its end.
      if (await this.#reader.atEnd()) await this.#filter?.done;
      throw error;
    }
  }

  /** Whether the present entry says the sum of all that came before it. */
  async isChecksum(): Promise<boolean> {
    let said = "";
    for await (const piece of this.#current?.pieces() ?? []) {
      said += fromBytes(piece.toString("latin1"));
      if (said.length > longestChecksum) return false;
    }
    return said === this.#before;
  }

  /** After the last entry: throws unless nothing follows but zeros, and what uncompressed it is content. */
  async end(): Promise<void> {
    for await (const piece of this.#reader.pieces(Number.POSITIVE_INFINITY)) {
      if (piece.some((byte) => byte !== 0)) throw refuse("something follows on its end");
    }
    await this.#filter?.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.destroy();
    await this.#filter?.[Symbol.asyncDispose]();
  }
}
