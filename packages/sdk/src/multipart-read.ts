import { Readable } from "node:stream";

export interface ReadPart {
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly content: Readable;
}

/** Headers of a part are short; more than this is no form. */
const maxHeaderBytes = 16 * 1024;

/** The parts of a form as they come; each content has to be read or destroyed before the next part is asked for. */
export async function* readMultipart(body: Readable, boundary: string): AsyncGenerator<ReadPart, void> {
  const source = new ByteSource(body);
  // The first boundary has no line break before it; giving it one makes all of them alike.
  source.prepend(Buffer.from("\r\n"));
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  await drain(source.until(delimiter));
  for (;;) {
    const mark = await source.take(2);
    if (mark.toString() === "--") return;
    if (mark.toString() !== "\r\n") throw new Error("malformed multipart answer");
    const headers = await readHeaders(source);
    const content = source.until(delimiter);
    yield { headers, content: Readable.from(keepOpen(content), { objectMode: false }) };
    await drain(content);
  }
}

async function readHeaders(source: ByteSource): Promise<ReadonlyMap<string, string>> {
  const lines: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.until(Buffer.from("\r\n\r\n"))) {
    size += chunk.length;
    if (size > maxHeaderBytes) throw new Error("malformed multipart answer: headers too long");
    lines.push(chunk);
  }
  const pairs = Buffer.concat(lines).toString("utf8").split("\r\n");
  return new Map(pairs.map((line) => [line.split(":", 1)[0]?.toLowerCase() ?? "", line.replace(/^[^:]*:\s*/, "")]));
}

/** Ends with its reader and leaves the generator usable, so that the rest of a part can be skipped. */
async function* keepOpen(chunks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

async function drain(chunks: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of chunks);
}

/** A stream read by delimiters instead of chunks. */
class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(body: Readable) {
    this.#chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  prepend(bytes: Buffer): void {
    this.#rest = Buffer.concat([bytes, this.#rest]);
  }

  async take(length: number): Promise<Buffer> {
    while (this.#rest.length < length) await this.#more();
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  /** What comes before the delimiter, which is passed over. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer, void> {
    for (;;) {
      const at = this.#rest.indexOf(delimiter);
      if (at >= 0) {
        if (at > 0) yield this.#rest.subarray(0, at);
        this.#rest = this.#rest.subarray(at + delimiter.length);
        return;
      }
      // The last bytes may be the delimiter's beginning.
      const safe = this.#rest.length - delimiter.length + 1;
      if (safe > 0) {
        const ready = this.#rest.subarray(0, safe);
        this.#rest = this.#rest.subarray(safe);
        yield ready;
      }
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done) throw new Error("the answer ended in the middle of a file");
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
  }
}
