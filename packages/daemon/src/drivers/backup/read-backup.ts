import type { Readable } from "node:stream";
import type { BackupIndex } from "@lodge/api";
import type { BackupContent, BackupKind, BackupLimits, BackupReading, BackupState, StreamTarget } from "@lodge/core";
import { syncFileSystem } from "../../system/durable.ts";
import { EntryRules, insidePath } from "../../system/tar/entry-rules.ts";
import type { ReadEntry } from "../../system/tar/read-tar.ts";
import { fromBytes } from "../../system/tar/tar-block.ts";
import { diskExtents } from "./disk/extents.ts";
import { RawFile } from "./disk/raw-file.ts";
import { receiveChanges } from "./disk/receive-changes.ts";
import { receiveDisk } from "./disk/receive-disk.ts";
import { serveDisk } from "./disk/serve-disk.ts";
import { diskPieces, entrySize } from "./disk/sparse-entry.ts";
import { emptyDirectory } from "./empty-directory.ts";
import { EntryCursor } from "./entry-cursor.ts";
import { refuse, writeFailure } from "./failure.ts";
import { readIndex } from "./index-entry.ts";
import { checksumName, type Found, findPlace, indexName, kindOf } from "./layout.ts";
import { HeldState } from "./receive-state.ts";
import { TreeReceiver } from "./receive-tree.ts";

export interface ReadOptions {
  readonly stream: Readable;
  /** Of root's alone, for sockets that are there for a moment. */
  readonly directory: string;
}

/** Entries of all states together. */
const mostEntries = 20_000_000;
/** Bytes of a disk, which QEMU's format could hold. */
const largestDisk = 2 ** 50;

export async function readBackup(options: ReadOptions): Promise<BackupReading> {
  const cursor = await EntryCursor.open(options.stream);
  try {
    // A folder may stand before what is in it.
    let entry = await cursor.next();
    while (entry?.header.kind === "5" && cursor.path === "backup") entry = await cursor.next();
    if (!entry || cursor.path !== indexName) throw refuse(`it does not begin with ${indexName}`);
    return new Reading(cursor, await readIndex(entry), options);
  } catch (error) {
    await cursor[Symbol.asyncDispose]();
    throw error;
  }
}

class Reading implements BackupReading {
  readonly index: BackupIndex;
  readonly #kind: BackupKind;
  readonly #cursor: EntryCursor;
  readonly #options: ReadOptions;
  readonly #ended = new AbortController();
  /** Whose states have come: names, and undefined for the instance itself. */
  readonly #seen: (string | undefined)[] = [];
  #written = true;

  constructor(cursor: EntryCursor, index: BackupIndex, options: ReadOptions) {
    this.index = index;
    this.#kind = kindOf(index);
    this.#cursor = cursor;
    this.#options = options;
  }

  async *states({ bytes }: BackupLimits): AsyncGenerator<BackupState, void> {
    const cursor = this.#cursor;
    const rules = new EntryRules({ entries: mostEntries, bytes }, refuse);
    let held = new HeldState();
    let streamed = 0;
    let checked = this.index.checksum === undefined;
    await cursor.next();
    while (cursor.current) {
      const entry = cursor.current;
      const found = this.#find();
      if (cursor.path === checksumName) {
        if (!(await cursor.isChecksum())) throw refuse("it is damaged: its checksum is another");
        checked = true;
      } else if (found?.what === "state") await held.take(entry, found.path);
      else if (found?.what === "disk" || found?.what === "changes") {
        const isIncrement = this.index.since !== undefined;
        if ((found.what === "changes") !== isIncrement)
          throw refuse(
            `it has ${isIncrement ? "a whole disk, as an increment has not" : "changes of a disk, as an increment has"}`,
          );
        yield this.#state(found, entrySize(entry.header, refuse), (content) => this.#writeDisk(entry, held, content));
        held = new HeldState();
      } else if (found?.what === "stream") {
        streamed += entry.header.size;
        if (entry.header.kind !== "0" || streamed > bytes) throw refuse("a stream in it is more than fits, or no file");
        yield this.#state(found, undefined, (content) => takeStream(entry, content));
      } else if (found?.what === "rootfs") {
        yield this.#state(found, undefined, (content) => this.#writeTree(found, content, rules));
        // It has gone on to what is no more of it.
        continue;
      }
      await cursor.next();
    }
    await cursor.end();
    if (this.#seen.at(-1) !== undefined || this.#seen.length === 0)
      throw refuse("the instance or volume itself is not in it");
    if (!checked) throw refuse("it ends early: its checksum is missing");
  }

  /** What the present entry is of. */
  #find(): Found | undefined {
    const found = findPlace(this.#kind, this.#cursor.path);
    return found?.snapshot === undefined ? found : { ...found, snapshot: fromBytes(found.snapshot) };
  }

  /** The states come in the order of the index. */
  #state({ snapshot }: Found, size: number | undefined, writeTo: BackupState["writeTo"]): BackupState {
    if (!this.#written) throw new Error("the state before this one was not written");
    const expected = this.index.snapshots[this.#seen.length]?.name;
    if (this.#seen.includes(snapshot) || snapshot !== expected) {
      const what = (name: string | undefined) => (name === undefined ? "what it is of itself" : `snapshot ${name}`);
      throw refuse(`${what(snapshot)} is in it where ${what(expected)} should be`);
    }
    // An ISO may have any size.
    const unit = this.#kind === "disk-volume" ? 1 : 512;
    if (size !== undefined && (size > largestDisk || size === 0 || size % unit > 0))
      throw refuse(`a disk cannot have ${size} bytes`);
    this.#seen.push(snapshot);
    this.#written = false;
    return {
      ...(snapshot !== undefined && { snapshot }),
      ...(size !== undefined && { size }),
      writeTo: async (content) => {
        await writeTo(content);
        this.#written = true;
      },
    };
  }

  async #writeDisk(entry: ReadEntry, held: HeldState, content: BackupContent | StreamTarget): Promise<void> {
    const pieces = diskPieces(entry, refuse);
    if (content.kind === "raw") {
      await using disk = await RawFile.open(content.path, "write", writeFailure);
      await receiveDisk({ disk, extents: await disk.extents() }, pieces);
      return;
    }
    if (content.kind !== "disk") throw new Error("a disk is not written to a directory");
    const { directory } = this.#options;
    const isIncrement = this.index.since !== undefined;
    const extents = isIncrement ? [] : await diskExtents(content, writeFailure, this.#ended.signal);
    await using served = await serveDisk({ ...content, writable: true, directory }, writeFailure);
    if (isIncrement) await receiveChanges(served.disk, pieces);
    else await receiveDisk({ disk: served.disk, extents }, pieces);
    await held.write(content.state, content.uid);
  }

  /** Goes on through the entries to the first that is not of this state. */
  async #writeTree({ snapshot }: Found, content: BackupContent | StreamTarget, rules: EntryRules): Promise<void> {
    if (content.kind !== "directory") throw new Error("files are written to a directory");
    const cursor = this.#cursor;
    await emptyDirectory(content.path);
    await using receiver = new TreeReceiver(content.path, rules);
    for (let found = this.#find(); cursor.current && found?.snapshot === snapshot && found; found = this.#find()) {
      const { header } = cursor.current;
      if (found.what === "rootfs") {
        const target = header.kind === "1" ? this.#linked(header.target, found) : "";
        await receiver.add(cursor.current, found.path, target);
      }
      await cursor.next();
    }
    await receiver.end();
    // A root is when it is settled.
    if (this.#kind === "directory-volume") await syncFileSystem(content.path);
  }

  /** Where in its root a hard link points. */
  #linked(target: string, { snapshot }: Found): string {
    const found = findPlace(this.#kind, insidePath(target, refuse));
    const from = found?.snapshot === undefined ? undefined : fromBytes(found.snapshot);
    if (found?.what !== "rootfs" || from !== snapshot || found.path === "")
      throw refuse(`a hard link in it points to ${JSON.stringify(target)}, outside of its root`);
    return found.path;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    return this.#cursor[Symbol.asyncDispose]();
  }
}

async function takeStream(entry: ReadEntry, content: BackupContent | StreamTarget): Promise<void> {
  if (content.kind !== "stream") throw new Error("a stream needs a target");
  await content.take(entry.pieces());
}
