import { QmpProtocolError } from "./errors.ts";

/** A JSON object as it came over the wire: nothing about its members is known yet. */
export type WireObject = { readonly [member: string]: unknown };

/** Longer than any answer that QEMU or a guest agent gives to the commands of this package. */
export const defaultMessageLimit = 4 * 2 ** 20;

const newline = 0x0a;

/** Cuts a byte stream into lines of JSON, one object each, and holds no more than `limit` bytes of an unfinished one. */
export class MessageReader {
  readonly #limit: number;
  #rest: Buffer[] = [];
  #restLength = 0;

  constructor(limit = defaultMessageLimit) {
    this.#limit = limit;
  }

  /** The messages that this chunk completes. Throws QmpProtocolError on anything else than JSON objects. */
  push(chunk: Buffer): WireObject[] {
    const messages: WireObject[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#take(chunk.subarray(start, end));
      start = end + 1;
      if (line.trim() !== "") messages.push(parseObject(line));
    }
    this.#keep(chunk.subarray(start));
    return messages;
  }

  #take(end: Buffer): string {
    this.#keep(end);
    const line = Buffer.concat(this.#rest, this.#restLength).toString("utf8");
    this.discard();
    return line;
  }

  #keep(bytes: Buffer): void {
    if (this.#restLength + bytes.length > this.#limit) {
      this.discard();
      throw new QmpProtocolError(`message longer than ${this.#limit} bytes`);
    }
    this.#rest.push(bytes);
    this.#restLength += bytes.length;
  }

  /** Forgets the unfinished line. */
  discard(): void {
    this.#rest = [];
    this.#restLength = 0;
  }
}

function parseObject(line: string): WireObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new QmpProtocolError(`not JSON: ${line.slice(0, 80)}`, error);
  }
  if (!isObject(value)) throw new QmpProtocolError(`not a JSON object: ${line.slice(0, 80)}`);
  return value;
}

export function isObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
