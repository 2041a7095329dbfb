import { openSync } from "node:fs";
import { open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";

/** Bytes of a log that are kept and shown. */
export const keptLog = 2 ** 20;
/** A log of this size is cut. */
const cutAt = 4 * keptLog;

/**
 * A log that QEMU appends to through a descriptor of its own, so that it can be cut from outside. The part cut off last
 * lies beside it in `PATH.old`.
 */
export class LogFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Begins the log of a new run; the caller closes the descriptor when QEMU has it. */
  async begin(): Promise<number> {
    await rm(this.#old, { force: true });
    await rm(this.path, { force: true });
    return openSync(this.path, "ax", 0o600);
  }

  /** Goes on with the log of this run; as `begin`. */
  join(): number {
    return openSync(this.path, "a", 0o600);
  }

  /** The last MiB. */
  async tail(): Promise<Buffer> {
    const current = await readTail(this.path);
    if (current.length >= keptLog) return current;
    const old = await readFile(this.#old).catch(() => Buffer.alloc(0));
    return Buffer.concat([old, current]).subarray(-keptLog);
  }

  /** Cuts the log when it has grown large. What is written in between the two steps is lost. */
  async trim(): Promise<void> {
    const size = await stat(this.path).then(
      (stats) => stats.size,
      () => 0,
    );
    if (size < cutAt) return;
    await writeFile(this.#old, await readTail(this.path), { mode: 0o600 });
    await truncate(this.path, 0);
  }

  /** Takes away what is in it. */
  async clear(): Promise<void> {
    await rm(this.#old, { force: true });
    await truncate(this.path, 0).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }

  get #old(): string {
    return `${this.path}.old`;
  }
}

async function readTail(path: string): Promise<Buffer> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r");
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const { size } = await file.stat();
    const length = Math.min(size, keptLog);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
