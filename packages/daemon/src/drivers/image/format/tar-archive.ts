/** Walks every entry of a tar archive, compressed or not, to its end. */
import { type FileHandle, open } from "node:fs/promises";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, type Header } from "tar-stream";
import { type Compression, decompressor } from "../../../system/tar/compression.ts";
import type { Entry, EntryRules } from "./entry-rules.ts";
import { refuse } from "./refuse.ts";
import { readUnprivileged } from "./unprivileged.ts";

export interface TarEntry {
  /** Without `./`; empty for the archive's root itself. */
  readonly path: string;
  readonly type: Entry["type"];
  /** Reads a small file's content. What is not read is skipped. */
  content(limit: number): Promise<Buffer>;
  /** Reads all of a file and returns its first bytes. */
  head(bytes: number): Promise<Buffer>;
}

export async function walkTar(
  path: string,
  compression: Compression,
  rules: EntryRules,
  visit: (entry: TarEntry) => Promise<void> | void,
  signal: AbortSignal,
): Promise<void> {
  await using file = await open(path, "r");
  const reading = compression === "none" ? undefined : readUnprivileged(file, decompressor(compression), signal);
  const source: Readable = reading?.stdout ?? plainStream(file);
  try {
    await walkStream(source, rules, visit, signal);
    await reading?.done;
  } catch (error) {
    reading?.kill();
    // Not one entry of it could be read.
    if (reading && rules.entries === 0 && /Invalid tar header/.test((error as Error).message))
      throw refuse("what is compressed in it is no tar archive; a disk must be decompressed first", error);
    // The program's own words say more than that its output ended early.
    throw await better(error, reading?.done);
  } finally {
    reading?.kill();
  }
}

function plainStream(file: FileHandle): Readable {
  return file.createReadStream({ autoClose: false, start: 0 });
}

async function better(error: unknown, done: Promise<void> | undefined): Promise<unknown> {
  const truncated = error instanceof Error && /Unexpected end of data|Premature close/.test(error.message);
  if (truncated) await done;
  return error;
}

async function walkStream(
  source: Readable,
  rules: EntryRules,
  visit: (entry: TarEntry) => Promise<void> | void,
  signal: AbortSignal,
): Promise<void> {
  const archive = extract();
  const ending = new EndCheck(rules.limits.bytes + overhead);
  const flow = pipeline(source, ending, archive, { signal });
  flow.catch(() => {});
  try {
    for await (const entry of archive) {
      const checked = describe(entry.header);
      const path = rules.check(checked);
      await visit({
        path,
        type: checked.type,
        content: (limit) => contentOf(entry, path, limit),
        head: (bytes) => headOf(entry, bytes),
      });
      entry.resume();
    }
    await flow;
  } catch (error) {
    signal.throwIfAborted();
    source.destroy();
    throw isLodge(error)
      ? error
      : refuse(`its tar archive is damaged: ${error instanceof Error ? error.message : error}`, error);
  }
  if (!ending.complete) throw refuse("its tar archive ends early");
}

const isLodge = (error: unknown): boolean => error instanceof Error && error.name === "LodgeError";

const types: Readonly<Record<string, Entry["type"]>> = {
  file: "file",
  "contiguous-file": "file",
  directory: "directory",
  symlink: "symlink",
  link: "link",
  fifo: "fifo",
  "character-device": "character-device",
  "block-device": "block-device",
};

function describe(header: Header): Entry {
  const type = types[header.type ?? "file"];
  if (!type) throw refuse(`it has an entry of an unknown kind (${header.type})`);
  return {
    path: header.name,
    type,
    size: type === "file" ? (header.size ?? 0) : 0,
    ...(typeof header.linkname === "string" && { target: header.linkname }),
    device: { major: header.devmajor ?? 0, minor: header.devminor ?? 0 },
  };
}

async function contentOf(entry: AsyncIterable<unknown>, path: string, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of entry as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limit) throw refuse(`its ${path} is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function headOf(entry: AsyncIterable<unknown>, bytes: number): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of entry as AsyncIterable<Uint8Array>) {
    if (head.length < bytes) head = Buffer.concat([head, chunk]).subarray(0, bytes);
  }
  return head;
}

/** Headers and padding, and what follows the last entry. */
const overhead = 1 << 28;

/** A complete archive ends with two blocks of zeros; without them, it was cut between two entries. */
class EndCheck extends Transform {
  readonly #limit: number;
  #size = 0;
  #tail: Buffer = Buffer.alloc(0);

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  get complete(): boolean {
    return this.#tail.length === 1024 && this.#tail.every((byte) => byte === 0);
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      done(refuse("it unpacks to far more than an image of its size may hold"));
      return;
    }
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-1024)]).subarray(-1024);
    done(null, chunk);
  }
}
