import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Writable } from "node:stream";
import { type Config, LodgeError } from "@lodge/api";
import type { Outputs } from "./detached.ts";

/** Bytes kept of each stream; the rest is dropped, so that one command cannot fill the disk. */
const limit = 64 << 20;

/** By what an instance's recordings go: its UUID. */
export const recordingKey = (config: Config): string => config["volatile.uuid"] ?? "";

/**
 * What `exec` with `record-output` printed: files below `root`, a directory an instance. Instances go by their UUIDs, which names
 * another one never has.
 */
export class RecordedOutput {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Files for one command's output, and their names. */
  async create(uuid: string, operation: string): Promise<Outputs & { names: [string, string] }> {
    const directory = this.#directory(uuid);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const names: [string, string] = [`exec_${operation}.stdout`, `exec_${operation}.stderr`];
    const file = async (name: string) => new BoundedFile(await open(join(directory, name), "wx", 0o600));
    const stdout = await file(names[0]);
    const stderr = await file(names[1]);
    return { stdout, stderr, names };
  }

  /** File names, sorted; none for an unknown instance. */
  async list(uuid: string): Promise<string[]> {
    try {
      return (await readdir(this.#directory(uuid))).sort();
    } catch {
      return [];
    }
  }

  async read(uuid: string, name: string): Promise<Readable> {
    try {
      const handle = await open(join(this.#directory(uuid), checked(name)));
      return handle.createReadStream();
    } catch (error) {
      throw missing(name, error);
    }
  }

  async remove(uuid: string, name: string): Promise<void> {
    try {
      await rm(join(this.#directory(uuid), checked(name)));
    } catch (error) {
      throw missing(name, error);
    }
  }

  /** All but these instances': the others were deleted while nobody looked. */
  async keepOnly(present: () => Promise<readonly string[]>): Promise<void> {
    const found = await readdir(this.#root).catch(() => []);
    if (found.length === 0) return;
    const kept = new Set(await present());
    for (const name of found) if (!kept.has(name)) await rm(join(this.#root, name), { recursive: true, force: true });
  }

  /** All of an instance's: it was deleted. */
  async forget(uuid: string): Promise<void> {
    await rm(this.#directory(uuid), { recursive: true, force: true });
  }

  #directory(uuid: string): string {
    return join(this.#root, checked(uuid));
  }
}

/** Writes the first bytes up to the limit to a file. */
class BoundedFile extends Writable {
  readonly #file: FileHandle;
  #left = limit;

  constructor(file: FileHandle) {
    super();
    this.#file = file;
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const kept = piece.subarray(0, this.#left);
    this.#left -= kept.length;
    this.#file.appendFile(kept).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#file.close().then(() => done(error), done);
  }
}

function checked(name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return name;
  throw new LodgeError({ code: "file_not_found", message: `There is no file ${JSON.stringify(name)}.` });
}

function missing(name: string, cause: unknown): LodgeError {
  return new LodgeError({
    code: "file_not_found",
    message: `There is no recorded output ${name}.`,
    cause,
  });
}
