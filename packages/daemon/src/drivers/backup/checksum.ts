/** The sum of an archive's bytes, which stands in it behind them: also where nothing compresses it, damage is noticed. */
import { crc32 } from "node:zlib";

export class Checksum {
  #sum = 0;

  add(bytes: Buffer): void {
    this.#sum = crc32(bytes, this.#sum);
  }

  toString(): string {
    return `crc32 ${this.#sum.toString(16).padStart(8, "0")}\n`;
  }
}

/** Bytes of it as text, at most. */
export const longestChecksum = 64;
