import type { Ended } from "./call-line.ts";

/**
 * Reads what the waiting shell of a guest says: lines; and of a command what it printed as it is, `\nTOKEN err\n` and what it complained of,
 * if it did, and `\nTOKEN end STATUS\n`.
 */
export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0);
  #over = false;
  #wake = Promise.withResolvers<void>();

  add(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    this.#stir();
  }

  /** Nothing more comes. */
  end(): void {
    this.#over = true;
    this.#stir();
  }

  /** Rejects when none comes any more. */
  line(): Promise<string> {
    return this.#until((bytes) => {
      const end = bytes.indexOf("\n");
      return end < 0 ? undefined : { value: bytes.toString("utf8", 0, end), length: end + 1 };
    });
  }

  answer(token: string): Promise<Ended> {
    return this.#until((bytes) => readAnswer(bytes, token));
  }

  async #until<T>(read: (bytes: Buffer) => Read<T> | undefined): Promise<T> {
    for (;;) {
      const found = read(this.#bytes);
      if (found) {
        this.#bytes = this.#bytes.subarray(found.length);
        return found.value;
      }
      if (this.#over) throw new Error("the guest does not answer any more");
      await this.#wake.promise;
    }
  }

  #stir(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

interface Read<T> {
  readonly value: T;
  /** Bytes that it took. */
  readonly length: number;
}

function readAnswer(bytes: Buffer, token: string): Read<Ended> | undefined {
  const mark = `\n${token} end `;
  const end = bytes.indexOf(mark);
  const close = end < 0 ? -1 : bytes.indexOf("\n", end + mark.length);
  if (close < 0) return undefined;
  const status = Number(bytes.toString("latin1", end + mark.length, close));
  const said = bytes.subarray(0, end);
  const border = `\n${token} err\n`;
  const split = said.indexOf(border);
  const stdout = split < 0 ? said : said.subarray(0, split);
  const stderr = split < 0 ? Buffer.alloc(0) : said.subarray(split + border.length);
  return { value: { status, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) }, length: close + 1 };
}
