import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";

/** Entries of a tree that is counted here: what containers have changed is often no more, and a program takes longer to start. */
const fewEntries = 200;

/** Bytes that a tree of files takes, counted file by file. */
export async function treeUsage(tree: string): Promise<number> {
  // What cannot be counted here, du has words for.
  const bytes = await new SmallTree().usage(tree).catch(() => undefined);
  return bytes ?? countedByDu(tree);
}

async function countedByDu(tree: string): Promise<number> {
  const text = await run("du", ["--summarize", "--block-size=1", "--one-file-system", "--", tree], {
    timeout: 300_000,
    code: "pool_failed",
  });
  const bytes = Number.parseInt(text, 10);
  if (Number.isNaN(bytes)) throw new LodgeError({ code: "pool_failed", message: `du printed no number: ${text}` });
  return bytes;
}

/** As `du` counts one. */
class SmallTree {
  #left = fewEntries;
  /** Of files with several names. */
  readonly #counted = new Set<string>();
  #device: number | undefined;

  /** Undefined: it is not small. Whoever writes to it meanwhile leads nobody out of it: no link is followed. */
  async usage(directory: string): Promise<number | undefined> {
    await using opened = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    const { dev, blocks } = await opened.stat();
    this.#device ??= dev;
    if (dev !== this.#device) return 0;
    const inside = `/proc/self/fd/${opened.fd}`;
    const names = await readdir(inside);
    this.#left -= names.length;
    if (this.#left < 0) return undefined;
    let sum = blocks * blockSize;
    for (const name of names) {
      const bytes = await this.#entryUsage(`${inside}/${name}`);
      if (bytes === undefined) return undefined;
      sum += bytes;
    }
    return sum;
  }

  async #entryUsage(path: string): Promise<number | undefined> {
    try {
      const entry = await lstat(path);
      if (entry.isDirectory()) return await this.usage(path);
      const key = `${entry.dev}:${entry.ino}`;
      if (entry.nlink > 1 && this.#counted.has(key)) return 0;
      this.#counted.add(key);
      return entry.blocks * blockSize;
    } catch (error) {
      // Gone, or no directory any more.
      if (["ENOENT", "ENOTDIR", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
      throw error;
    }
  }
}

/** Bytes of what `stat` calls a block, whatever the file system's are. */
const blockSize = 512;
