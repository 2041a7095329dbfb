/**
 * Where the log goes. Not by pino's own stream: that waits for ever, and with it the whole daemon, for a file that cannot be written, because its file
 * system is full.
 */
import { writeSync } from "node:fs";

/** Lines for a file descriptor. What cannot be written is lost, and counted in the next line that can. */
export class LogOutput {
  readonly #descriptor: number;
  #lost = 0;
  /** The last line was cut off. */
  #cut = false;
  /** Is told each line, also one that could not be written. */
  heard: ((line: string) => void) | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(line: string): void {
    const lost =
      this.#lost > 0 ? `${JSON.stringify({ level: 40, lost: this.#lost, msg: "lines of the log were lost" })}\n` : "";
    const bytes = Buffer.from(`${this.#cut ? "\n" : ""}${lost}${line}`);
    const written = this.#writeAll(bytes);
    if (written === bytes.length) {
      this.#lost = 0;
      this.#cut = false;
    } else {
      this.#lost++;
      if (written > 0) this.#cut = true;
    }
    this.heard?.(line);
  }

  /** How many bytes could be written. */
  #writeAll(bytes: Buffer): number {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
    } catch {
      // There is nobody whom it could be told.
    }
    return written;
  }
}
