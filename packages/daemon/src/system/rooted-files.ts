import { constants, mkdirSync, type Stats, symlinkSync } from "node:fs";
import * as fs from "node:fs/promises";
import type { Duplex, Readable } from "node:stream";
import type { FileEntry } from "@lodge/api";
import type { GuestFileAttributes, GuestFileInfo, GuestFiles } from "@lodge/core";
import { byName, fileEntry } from "./file-entry.ts";
import { errnoName, fileError, fileInvalid } from "./rooted-errors.ts";
import { O_DIRECTORY, O_NOFOLLOW, O_PATH } from "./rooted-open.ts";
import { RootedTree, type RootedTreeOptions } from "./rooted-tree.ts";
import { RootedEntries } from "./sftp/rooted-entries.ts";
import { serveSftp } from "./sftp/serve.ts";

const { O_RDONLY, O_WRONLY, O_TRUNC, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants;

interface Owned {
  chown(uid: number, gid: number): Promise<void>;
  chmod(mode: number): Promise<void>;
}

/** Files of an instance beneath a directory, see `RootedTree`. */
export class RootedFiles implements GuestFiles {
  readonly #tree: RootedTree;
  /** What reads, writes or serves files at this moment. */
  readonly #streams = new Set<Readable | Duplex>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #closed = Promise.withResolvers<void>();
  #closing = false;

  constructor(options: RootedTreeOptions) {
    this.#tree = new RootedTree(options);
  }

  /** Nothing is open any more. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  stat(path: string): Promise<GuestFileInfo> {
    return this.#attempt(path, async (bytes) => {
      using handle = await this.#tree.open(bytes, O_PATH | O_NOFOLLOW);
      const stats = await fs.stat(handle.path);
      const type = fileType(stats);
      if (!type) throw this.#tree.invalid(bytes, "is a device, a pipe or a socket");
      return {
        type,
        uid: this.#tree.toGuest(stats.uid),
        gid: this.#tree.toGuest(stats.gid),
        mode: stats.mode & 0o7777,
        size: stats.size,
        ...(type === "symlink" ? { target: await this.#readLink(bytes) } : {}),
      };
    });
  }

  /** Follows symlinks. False for what does not exist. */
  async isDirectory(path: string): Promise<boolean> {
    return this.#use(this.#tree.open(Buffer.from(path), O_PATH | O_DIRECTORY)).then(
      (handle) => {
        handle[Symbol.dispose]();
        return true;
      },
      () => false,
    );
  }

  read(path: string): Promise<Readable> {
    return this.#attempt(path, async (bytes) => {
      using handle = await this.#tree.open(bytes, O_PATH);
      await this.#tree.requireRegular(handle, bytes);
      await this.#tree.require(handle, bytes, "read");
      const file = await fs.open(handle.path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
      const stream = file.createReadStream();
      // Closed meanwhile: nobody reads it.
      if (this.#closing) stream.destroy();
      this.#streams.add(stream);
      void this.#use(new Promise<void>((resolve) => stream.once("close", resolve))).then(() =>
        this.#streams.delete(stream),
      );
      return stream;
    });
  }

  list(path: string): Promise<string[]> {
    return this.#attempt(path, async (bytes) => {
      using handle = await this.#tree.open(bytes, O_PATH | O_DIRECTORY);
      await this.#tree.requireFiles(handle, bytes);
      await this.#tree.require(handle, bytes, "read");
      return (await fs.readdir(handle.path)).sort();
    });
  }

  entries(path: string): Promise<FileEntry[]> {
    return this.#attempt(path, async (bytes) => {
      const directory = await new RootedEntries(this.#tree).openDirectory(bytes);
      try {
        const found: FileEntry[] = [];
        for (let some = await directory.next(); some.length > 0; some = await directory.next()) {
          found.push(...some.map(({ name, attributes }) => fileEntry(name.toString("utf8"), attributes)));
        }
        return found.sort(byName);
      } finally {
        await directory.close();
      }
    });
  }

  write(path: string, content: Readable, attributes: GuestFileAttributes, append = false): Promise<void> {
    return this.#attempt(path, async (bytes) => {
      const { file, created } = await this.#openForWriting(bytes, append);
      await using _ = { [Symbol.asyncDispose]: () => file.close().catch(() => undefined) };
      if (!created && Object.keys(attributes).length > 0) this.#tree.requireOf(await file.stat(), bytes, "own");
      await this.#setAttributes(file, created ? { uid: 0, gid: 0, mode: 0o644, ...attributes } : attributes);
      await this.#holding(content, () => file.writeFile(content));
    });
  }

  makeDirectory(path: string, attributes: GuestFileAttributes): Promise<void> {
    return this.#attempt(path, async (bytes) => {
      if (/^\/+$/.test(path)) return;
      using entry = await this.#tree.openEntry(bytes, "read");
      const made = (await isThere(entry.path)) ? false : await this.#makeIn(bytes);
      using handle = await this.#tree.open(bytes, O_PATH | O_DIRECTORY);
      const wanted = made ? { uid: 0, gid: 0, mode: 0o755, ...attributes } : attributes;
      const directory = {
        chown: (uid: number, gid: number) => fs.chown(handle.path, uid, gid),
        chmod: (mode: number) => fs.chmod(handle.path, mode),
      };
      if (Object.keys(wanted).length > 0) await this.#tree.require(handle, bytes, "own");
      await this.#setAttributes(directory, wanted);
    });
  }

  makeSymlink(path: string, target: string, attributes: GuestFileAttributes): Promise<void> {
    return this.#attempt(path, async (bytes) => {
      using entry = await this.#tree.openEntry(bytes, "write");
      const owner = { uid: this.#tree.toHost(attributes.uid ?? 0), gid: this.#tree.toHost(attributes.gid ?? 0) };
      const old = await fs.lstat(entry.path).catch(() => undefined);
      if (old?.isSymbolicLink()) await fs.unlink(entry.path);
      this.#tree.create(() => symlinkSync(target, entry.path));
      await fs.lchown(entry.path, owner.uid, owner.gid);
    });
  }

  remove(path: string): Promise<void> {
    return this.#attempt(path, async (bytes) => {
      using entry = await this.#tree.openEntry(bytes, "write");
      const stats = await fs.lstat(entry.path);
      await (stats.isDirectory() ? fs.rmdir(entry.path) : fs.unlink(entry.path));
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#attempt(from, (bytes) => new RootedEntries(this.#tree).rename(bytes, Buffer.from(to), false));
  }

  serve(connection: Duplex): Promise<void> {
    if (this.#closing) connection.destroy();
    return this.#use(this.#holding(connection, () => serveSftp(connection, new RootedEntries(this.#tree))));
  }

  /** Ends what reads, writes or serves files, and waits for that. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const stream of this.#streams) stream.destroy();
    await Promise.allSettled(this.#pending);
    this.#tree[Symbol.dispose]();
    this.#closed.resolve();
  }

  /** False: somebody was faster. */
  async #makeIn(path: Buffer): Promise<boolean> {
    using entry = await this.#tree.openEntry(path, "write");
    return this.#tree.create(() => makeUnlessThere(entry.path));
  }

  async #openForWriting(path: Buffer, append: boolean): Promise<{ file: fs.FileHandle; created: boolean }> {
    const { handle, created } = await this.#tree.openOrCreate(path, false);
    using _ = handle;
    await this.#tree.requireRegular(handle, path);
    await this.#tree.require(handle, path, "write");
    const file = await fs.open(handle.path, O_WRONLY | O_NONBLOCK | O_NOCTTY | (append ? O_APPEND : O_TRUNC));
    return { file, created };
  }

  /** Owner before mode: a change of owner clears the set-id bits. */
  async #setAttributes(file: Owned, attributes: GuestFileAttributes): Promise<void> {
    const { uid, gid, mode } = attributes;
    if (uid !== undefined || gid !== undefined) {
      const toHost = (id: number | undefined) => (id === undefined ? -1 : this.#tree.toHost(id));
      await file.chown(toHost(uid), toHost(gid));
    }
    if (mode !== undefined) await file.chmod(mode & 0o7777);
  }

  async #readLink(path: Buffer): Promise<string> {
    using entry = await this.#tree.openEntry(path, "read");
    return await fs.readlink(entry.path);
  }

  async #attempt<T>(path: string, action: (path: Buffer) => Promise<T>): Promise<T> {
    if (this.#closing) throw fileInvalid(this.#tree.instance, path, "cannot be reached any more");
    try {
      return await this.#use(action(Buffer.from(path)));
    } catch (error) {
      throw fileError(this.#tree.instance, path, error);
    }
  }

  /** The root stays open for what is under way: its number may stand for another directory afterwards. */
  async #use<T>(work: Promise<T>): Promise<T> {
    const pending = Promise.allSettled([work]);
    this.#pending.add(pending);
    try {
      return await work;
    } finally {
      this.#pending.delete(pending);
    }
  }

  async #holding<T>(stream: Readable | Duplex, work: () => Promise<T>): Promise<T> {
    this.#streams.add(stream);
    try {
      return await work();
    } finally {
      this.#streams.delete(stream);
    }
  }
}

function fileType(stats: Stats): GuestFileInfo["type"] | undefined {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "symlink" : undefined;
}

const isThere = (path: Buffer): Promise<boolean> =>
  fs.lstat(path).then(
    () => true,
    () => false,
  );

function makeUnlessThere(path: Buffer): boolean {
  try {
    mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if (errnoName(error) === "EEXIST") return false;
    throw error;
  }
}
