import type { Readable } from "node:stream";
import type { BackupIndex } from "@lodge/api";
import type { BackupLimits, BackupReading, BackupState, PreparedRoot } from "@lodge/core";
import { EntryRules, insidePath } from "../../system/tar/entry-rules.ts";
import type { ReadEntry } from "../../system/tar/read-tar.ts";
import { fromBytes } from "../../system/tar/tar-block.ts";
import { diskExtents } from "./disk/extents.ts";
import { receiveChanges } from "./disk/receive-changes.ts";
import { receiveDisk } from "./disk/receive-disk.ts";
import { serveDisk } from "./disk/serve-disk.ts";
import { diskPieces, entrySize } from "./disk/sparse-entry.ts";
import { emptyDirectory } from "./empty-directory.ts";
import { EntryCursor } from "./entry-cursor.ts";
import { refuse, writeFailure } from "./failure.ts";
import { readIndex } from "./index-entry.ts";
import { checksumName, type Found, findPlace, indexName } from "./layout.ts";
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
  readonly #cursor: EntryCursor;
  readonly #options: ReadOptions;
  readonly #ended = new AbortController();
  /** Whose states have come: names, and undefined for the instance itself. */
  readonly #seen: (string | undefined)[] = [];
  #written = true;

  constructor(cursor: EntryCursor, index: BackupIndex, options: ReadOptions) {
    this.index = index;
    this.#cursor = cursor;
    this.#options = options;
  }

  async *states({ bytes }: BackupLimits): AsyncGenerator<BackupState, void> {
    const cursor = this.#cursor;
    const rules = new EntryRules({ entries: mostEntries, bytes }, refuse);
    let held = new HeldState();
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
        yield this.#state(found, entrySize(entry.header, refuse), (root, uid) =>
          this.#writeDisk(entry, held, root, uid),
        );
        held = new HeldState();
      } else if (found?.what === "rootfs") {
        yield this.#state(found, undefined, (root) => this.#writeTree(found, root, rules));
        // It has gone on to what is no more of it.
        continue;
      }
      await cursor.next();
    }
    await cursor.end();
    if (this.#seen.at(-1) !== undefined || this.#seen.length === 0) throw refuse("the instance itself is not in it");
    if (!checked) throw refuse("it ends early: its checksum is missing");
  }

  /** What the present entry is of. */
  #find(): Found | undefined {
    const found = findPlace(this.index.type, this.#cursor.path);
    return found?.snapshot === undefined ? found : { ...found, snapshot: fromBytes(found.snapshot) };
  }

  /** The states come in the order of the index. */
  #state({ snapshot }: Found, size: number | undefined, writeTo: BackupState["writeTo"]): BackupState {
    if (!this.#written) throw new Error("the state before this one was not written");
    const expected = this.index.snapshots[this.#seen.length]?.name;
    if (this.#seen.includes(snapshot) || snapshot !== expected) {
      const what = (name: string | undefined) => (name === undefined ? "the instance itself" : `snapshot ${name}`);
      throw refuse(`${what(snapshot)} is in it where ${what(expected)} should be`);
    }
    if (size !== undefined && (size > largestDisk || size === 0 || size % 512 > 0))
      throw refuse(`a disk cannot have ${size} bytes`);
    this.#seen.push(snapshot);
    this.#written = false;
    return {
      ...(snapshot !== undefined && { snapshot }),
      ...(size !== undefined && { size }),
      writeTo: async (root, uid) => {
        await writeTo(root, uid);
        this.#written = true;
      },
    };
  }

  async #writeDisk(entry: ReadEntry, held: HeldState, root: PreparedRoot, uid: number): Promise<void> {
    if (root.kind !== "disk") throw new Error("a machine's root is a disk");
    const { directory } = this.#options;
    const isIncrement = this.index.since !== undefined;
    const disk = { path: root.path, uid };
    const extents = isIncrement ? [] : await diskExtents(disk, writeFailure, this.#ended.signal);
    await using served = await serveDisk({ ...disk, writable: true, directory }, writeFailure);
    const pieces = diskPieces(entry, refuse);
    if (isIncrement) await receiveChanges(served.disk, pieces);
    else await receiveDisk({ disk: served.disk, extents }, pieces);
    await held.write(root.state, uid);
  }

  /** Goes on through the entries to the first that is not of this state. */
  async #writeTree({ snapshot }: Found, root: PreparedRoot, rules: EntryRules): Promise<void> {
    if (root.kind !== "directory") throw new Error("a container's root is a directory");
    const cursor = this.#cursor;
    await emptyDirectory(root.path);
    await using receiver = new TreeReceiver(root.path, rules);
    for (let found = this.#find(); cursor.current && found?.snapshot === snapshot && found; found = this.#find()) {
      const { header } = cursor.current;
      if (found.what === "rootfs") {
        const target = header.kind === "1" ? this.#linked(header.target, found) : "";
        await receiver.add(cursor.current, found.path, target);
      }
      await cursor.next();
    }
    await receiver.end();
  }

  /** Where in its root a hard link points. */
  #linked(target: string, { snapshot }: Found): string {
    const found = findPlace(this.index.type, insidePath(target, refuse));
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
