import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Writable } from "node:stream";
import { LodgeError } from "@lodge/api";
import type { Outputs } from "./detached.ts";

/** Bytes kept of each stream; the rest is dropped, so that one command cannot fill the disk. */
const limit = 64 << 20;

/** What `exec` with `record-output` printed: files below `root`, a directory an instance. */
export class RecordedOutput {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Files for one command's output, and their names. */
  async create(project: string, instance: string, operation: string): Promise<Outputs & { names: [string, string] }> {
    const directory = this.#directory(project, instance);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const names: [string, string] = [`exec_${operation}.stdout`, `exec_${operation}.stderr`];
    const file = async (name: string) => new BoundedFile(await open(join(directory, name), "wx", 0o600));
    const stdout = await file(names[0]);
    const stderr = await file(names[1]);
    return { stdout, stderr, names };
  }

  /** File names, sorted; none for an unknown instance. */
  async list(project: string, instance: string): Promise<string[]> {
    try {
      return (await readdir(this.#directory(project, instance))).sort();
    } catch {
      return [];
    }
  }

  async read(project: string, instance: string, name: string): Promise<Readable> {
    try {
      const handle = await open(join(this.#directory(project, instance), checked(name)));
      return handle.createReadStream();
    } catch (error) {
      throw missing(instance, name, error);
    }
  }

  async remove(project: string, instance: string, name: string): Promise<void> {
    try {
      await rm(join(this.#directory(project, instance), checked(name)));
    } catch (error) {
      throw missing(instance, name, error);
    }
  }

  /** All of an instance's: it was deleted. */
  async forget(project: string, instance: string): Promise<void> {
    await rm(this.#directory(project, instance), { recursive: true, force: true });
  }

  #directory(project: string, instance: string): string {
    return join(this.#root, checked(`${project}_${instance}`));
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

function missing(instance: string, name: string, cause: unknown): LodgeError {
  return new LodgeError({
    code: "file_not_found",
    message: `Instance ${instance} has no recorded output ${name}.`,
    cause,
  });
}
