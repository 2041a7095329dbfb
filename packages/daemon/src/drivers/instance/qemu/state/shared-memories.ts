import { closeSync } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { syncPath } from "../../../../system/durable.ts";
import { createMemoryFile, sealMemoryFile } from "../../../../system/memory-file.ts";
import { run } from "../../../../system/run.ts";
import { type Checksum, checksumOf, type StateDirectory, type StateRecord, stateUnusable } from "./state-directory.ts";

/** Bytes that are read at once. */
const step = 2 ** 18;

/**
 * The memories of shared states, sealed files in the host's memory. Runs that have one mapped keep it for themselves; for the next
 * ones the daemon holds a descriptor. What a later daemon finds on disk it puts into memory again.
 */
export class SharedMemories implements Disposable {
  /** By the state's directory. */
  readonly #held = new Map<string, Promise<number>>();

  /** Takes a sealed file over. */
  hold({ path }: StateDirectory, descriptor: number): void {
    this.#held.set(path, Promise.resolve(descriptor));
  }

  /** A descriptor that stays this object's; `state_unusable` when the memory is gone. */
  descriptor(directory: StateDirectory, record: StateRecord): Promise<number> {
    const held = this.#held.get(directory.path);
    if (held) return held;
    const read = this.#read(directory, record);
    this.#held.set(directory.path, read);
    read.catch(() => this.#held.delete(directory.path));
    return read;
  }

  /** Idempotent. */
  async letGo(path: string): Promise<void> {
    const held = this.#held.get(path);
    this.#held.delete(path);
    if (held) closeSync(await held);
  }

  /** Puts it on disk, with holes where nothing is. */
  async write(descriptor: number, { memory }: StateDirectory): Promise<Checksum> {
    await run("cp", ["--sparse=always", `/proc/${process.pid}/fd/${descriptor}`, memory], {
      ...{ timeout: 600_000, code: "pool_failed" },
    });
    await syncPath(memory);
    return checksumOf(memory);
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.values()) void held.then(closeSync, () => undefined);
    this.#held.clear();
  }

  async #read({ memory: path }: StateDirectory, { machine, memory: kept }: StateRecord): Promise<number> {
    if (!kept) throw stateUnusable("its memory was not kept beyond the daemon that made it");
    await using file = await open(path, "r").catch((error: unknown) => {
      throw stateUnusable("its memory is gone", error);
    });
    const descriptor = createMemoryFile("lodge-state", machine.memory);
    try {
      await using target = await open(`/proc/self/fd/${descriptor}`, "r+");
      const buffer = Buffer.alloc(step);
      const zeros = Buffer.alloc(step);
      let sum = 0;
      let at = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, step, at);
        if (bytesRead === 0) break;
        const chunk = buffer.subarray(0, bytesRead);
        sum = crc32(chunk, sum);
        // A page of zeros takes no memory while nobody writes it.
        if (!chunk.equals(zeros.subarray(0, bytesRead))) await target.write(chunk, 0, bytesRead, at);
        at += bytesRead;
      }
      if (at !== kept.size || sum !== kept.crc32) throw stateUnusable("its memory was damaged");
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    sealMemoryFile(descriptor);
    return descriptor;
  }
}
