import { Readable } from "node:stream";

/** One file of a form (RFC 7578). */
export interface FilePart {
  readonly name: string;
  readonly filename: string;
  readonly content: Readable;
}

export const multipartBoundary = () => `lodge-${crypto.randomUUID()}`;

/** A form of files as a stream: they are not held in memory. */
export function multipartStream(parts: readonly FilePart[], boundary: string): Readable {
  return Readable.from(encode(parts, boundary), { objectMode: false });
}

async function* encode(parts: readonly FilePart[], boundary: string): AsyncGenerator<Buffer, void> {
  for (const { name, filename, content } of parts) {
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${quotable(filename)}"\r\n` +
        "Content-Type: application/octet-stream\r\n\r\n",
    );
    for await (const chunk of content) yield chunk as Buffer;
    yield Buffer.from("\r\n");
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

/** Browsers' way with the three characters that would end the quotation. */
function quotable(filename: string): string {
  return filename.replace(/["\r\n]/g, (character) => encodeURIComponent(character));
}
