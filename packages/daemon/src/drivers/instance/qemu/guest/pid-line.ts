import type { TransformCallback } from "node:stream";
import { CountedStream } from "./counted-stream.ts";

/** Noise before the line that is looked through and thrown away. */
const noiseLimit = 64 * 1024;

/** Takes the line `TOKEN PID`, and whatever comes before it, out of a stream, and passes the rest on unchanged. */
export class PidLine extends CountedStream {
  readonly #token: string;
  readonly #found: (pid: number) => void;
  #head: Buffer | undefined = Buffer.alloc(0);

  constructor(token: string, found: (pid: number) => void) {
    super();
    this.#token = token;
    this.#found = found;
  }

  protected override process(chunk: Buffer, callback: TransformCallback): void {
    if (!this.#head) return callback(null, chunk);
    const head = Buffer.concat([this.#head, chunk]);
    const start = head.indexOf(this.#token);
    const end = start === -1 ? -1 : head.indexOf("\n", start);
    if (end === -1) {
      this.#head = head.subarray(-noiseLimit);
      return callback();
    }
    this.#head = undefined;
    this.#found(Number(head.toString("latin1", start + this.#token.length, end).trim()));
    callback(null, head.subarray(end + 1));
  }

  /** Without the line (no shell, no /bin/sh in the guest) the noise is what there is to see. */
  override _flush(callback: TransformCallback): void {
    callback(null, this.#head);
  }
}
