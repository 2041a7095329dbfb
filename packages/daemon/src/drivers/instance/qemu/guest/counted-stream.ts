import { Transform, type TransformCallback } from "node:stream";

/** Passes bytes on and tells how many there were, without reading on anybody's behalf as a `data` listener would. */
export class CountedStream extends Transform {
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#bytes += chunk.length;
    this.process(chunk, callback);
  }

  protected process(chunk: Buffer, callback: TransformCallback): void {
    callback(null, chunk);
  }
}
