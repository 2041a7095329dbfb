import { constants, linkSync, mkdirSync, type Stats, symlinkSync } from "node:fs";
import * as fs from "node:fs/promises";
import { declare } from "../libc.ts";
import { type Handle, O_DIRECTORY, O_NOFOLLOW, O_PATH } from "../rooted-open.ts";
import type { RootedTree } from "../rooted-tree.ts";
import type { AttributeChange, FileAttributes } from "./attributes.ts";
import type { FileSystemSpace, OpenDirectory, OpenFile, OpenWish, SftpEntries } from "./entries.ts";

const { O_RDONLY, O_WRONLY, O_RDWR, O_TRUNC, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants;
const renameat2 = declare<[number, Buffer, number, Buffer, number]>(
  "int renameat2(int fromDirectory, const void *from, int toDirectory, const void *to, unsigned int flags)",
);
const RENAME_NOREPLACE = 1;

/** What sshd and its like take from files and directories that are made. */
const umask = 0o022;

/** Serves what is beneath a root, see `RootedTree`. What throws is an error of a system call, or says in words what is wrong. */
export class RootedEntries implements SftpEntries {
  readonly #tree: RootedTree;

  constructor(tree: RootedTree) {
    this.#tree = tree;
  }

  async open(path: Buffer, wish: OpenWish): Promise<OpenFile> {
    const { handle, created } = await this.#find(path, wish);
    using _ = handle;
    await this.#tree.requireRegular(handle, path);
    if (wish.read) await this.#tree.require(handle, path, "read");
    if (wish.write) await this.#tree.require(handle, path, "write");
    const access = wish.write ? (wish.read ? O_RDWR : O_WRONLY) : O_RDONLY;
    const more = (wish.append ? O_APPEND : 0) | (wish.truncate && wish.write ? O_TRUNC : 0);
    const file = new RootedFile(this.#tree, path, await fs.open(handle.path, access | more | O_NONBLOCK | O_NOCTTY));
    if (created) await file.change({ mode: (wish.mode ?? 0o666) & ~umask });
    return file;
  }

  async openDirectory(path: Buffer): Promise<OpenDirectory> {
    const handle = await this.#tree.open(path, O_PATH | O_DIRECTORY);
    try {
      await this.#tree.requireFiles(handle, path);
      await this.#tree.require(handle, path, "read");
      // Names are bytes; the types of Node know only texts.
      const directory = await fs.opendir(handle.path, { encoding: "buffer" as BufferEncoding, bufferSize: perAnswer });
      return new RootedDirectory(this.#tree, handle, directory);
    } catch (error) {
      handle[Symbol.dispose]();
      throw error;
    }
  }

  async stat(path: Buffer, follow: boolean): Promise<FileAttributes> {
    using handle = await this.#tree.open(path, O_PATH | (follow ? 0 : O_NOFOLLOW));
    return described(this.#tree, await fs.stat(handle.path));
  }

  async change(path: Buffer, change: AttributeChange, follow: boolean): Promise<void> {
    using handle = await this.#tree.open(path, O_PATH | (follow ? 0 : O_NOFOLLOW));
    const stats = await fs.stat(handle.path);
    await this.#tree.requireFiles(handle, path);
    if (!stats.isFile() && !stats.isDirectory() && !stats.isSymbolicLink()) {
      throw this.#tree.invalid(path, "is a device, a pipe or a socket");
    }
    const { size, ...own } = change;
    if (size !== undefined) {
      if (!stats.isFile()) throw this.#tree.invalid(path, "is no regular file");
      await this.#tree.require(handle, path, "write");
      await fs.truncate(handle.path, size);
    }
    if (Object.keys(own).length > 0) await this.#tree.require(handle, path, "own");
    await changeOwn(own, this.#tree, {
      chown: (uid, gid) => fs.chown(handle.path, uid, gid),
      // A link has no mode of its own.
      chmod: async (mode) => (stats.isSymbolicLink() ? undefined : fs.chmod(handle.path, mode)),
      utimes: (accessed, modified) => fs.utimes(handle.path, accessed, modified),
    });
  }

  async remove(path: Buffer): Promise<void> {
    using entry = await this.#tree.openEntry(path, "write");
    if ((await fs.lstat(entry.path)).isDirectory()) throw this.#tree.invalid(path, "is a directory");
    await fs.unlink(entry.path);
  }

  async makeDirectory(path: Buffer, mode = 0o777): Promise<void> {
    using entry = await this.#tree.openEntry(path, "write");
    this.#tree.create(() => mkdirSync(entry.path, 0o700));
    await this.change(path, { mode: mode & ~umask }, false);
  }

  async removeDirectory(path: Buffer): Promise<void> {
    using entry = await this.#tree.openEntry(path, "write");
    await fs.rmdir(entry.path);
  }

  async rename(from: Buffer, to: Buffer, replace: boolean): Promise<void> {
    using source = await this.#tree.openEntry(from, "write");
    using target = await this.#tree.openEntry(to, "write");
    const [a, b] = [cString(source.name), cString(target.name)];
    const [old, next] = [source.directory.fd, target.directory.fd];
    // A file system of the instance's own user namespace takes it from nobody that it does not know.
    this.#tree.create(() => renameat2(old, a, next, b, replace ? 0 : RENAME_NOREPLACE));
  }

  async readLink(path: Buffer): Promise<Buffer> {
    using entry = await this.#tree.openEntry(path, "read");
    return await fs.readlink(entry.path, "buffer");
  }

  async symlink(target: Buffer, path: Buffer): Promise<void> {
    using entry = await this.#tree.openEntry(path, "write");
    this.#tree.create(() => symlinkSync(target, entry.path));
  }

  async link(from: Buffer, to: Buffer): Promise<void> {
    using handle = await this.#tree.open(from, O_PATH | O_NOFOLLOW);
    await this.#tree.requireRegular(handle, from);
    await this.#tree.require(handle, from, "own");
    using source = await this.#tree.openEntry(from, "read");
    using target = await this.#tree.openEntry(to, "write");
    this.#tree.create(() => linkSync(source.path, target.path));
  }

  async space(path: Buffer): Promise<FileSystemSpace> {
    using handle = await this.#tree.open(path, O_PATH);
    await this.#tree.requireFiles(handle, path);
    const { bsize, blocks, bfree, bavail, files, ffree } = await fs.statfs(handle.path);
    return { blockSize: bsize, blocks, free: bfree, available: bavail, files, filesFree: ffree };
  }

  async #find(path: Buffer, wish: OpenWish): Promise<{ handle: Handle; created: boolean }> {
    if (wish.create) return this.#tree.openOrCreate(path, wish.exclusive);
    return { handle: await this.#tree.open(path, O_PATH), created: false };
  }
}

class RootedFile implements OpenFile {
  readonly #tree: RootedTree;
  readonly #path: Buffer;
  readonly #file: fs.FileHandle;

  constructor(tree: RootedTree, path: Buffer, file: fs.FileHandle) {
    this.#tree = tree;
    this.#path = path;
    this.#file = file;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#file.read(buffer, 0, length, exact(offset));
    return buffer.subarray(0, bytesRead);
  }

  async write(offset: number, data: Buffer): Promise<void> {
    for (let done = 0; done < data.length; ) {
      done += (await this.#file.write(data, done, data.length - done, exact(offset + done))).bytesWritten;
    }
  }

  async stat(): Promise<FileAttributes> {
    return described(this.#tree, await this.#file.stat());
  }

  async change({ size, ...own }: AttributeChange): Promise<void> {
    if (size !== undefined) await this.#file.truncate(exact(size));
    if (Object.keys(own).length > 0) this.#tree.requireOf(await this.#file.stat(), this.#path, "own");
    await changeOwn(own, this.#tree, this.#file);
  }

  async sync(): Promise<void> {
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Names in one answer. */
const perAnswer = 64;

class RootedDirectory implements OpenDirectory {
  readonly #tree: RootedTree;
  readonly #handle: Handle;
  readonly #directory: Awaited<ReturnType<typeof fs.opendir>>;

  constructor(tree: RootedTree, handle: Handle, directory: Awaited<ReturnType<typeof fs.opendir>>) {
    this.#tree = tree;
    this.#handle = handle;
    this.#directory = directory;
  }

  async next(): Promise<{ name: Buffer; attributes: FileAttributes }[]> {
    const found = [];
    while (found.length < perAnswer) {
      const entry = await this.#directory.read();
      if (!entry) break;
      const name = Buffer.from(entry.name);
      // What is gone meanwhile is not listed.
      const stats = await fs.lstat(Buffer.concat([Buffer.from(`${this.#handle.path}/`), name])).catch(() => undefined);
      if (stats) found.push({ name, attributes: described(this.#tree, stats) });
    }
    return found;
  }

  async close(): Promise<void> {
    this.#handle[Symbol.dispose]();
    await this.#directory.close();
  }
}

interface Owned {
  chown(uid: number, gid: number): Promise<void>;
  chmod(mode: number): Promise<void>;
  utimes(accessed: number, modified: number): Promise<void>;
}

/** Owner before mode: a change of owner clears the set-id bits. */
async function changeOwn({ owner, mode, times }: AttributeChange, tree: RootedTree, file: Owned): Promise<void> {
  if (owner) await file.chown(tree.toHost(owner.uid), tree.toHost(owner.gid));
  if (mode !== undefined) await file.chmod(mode);
  if (times) await file.utimes(times.accessed, times.modified);
}

function described(tree: RootedTree, stats: Stats): FileAttributes {
  return {
    size: stats.size,
    uid: tree.toGuest(stats.uid),
    gid: tree.toGuest(stats.gid),
    mode: stats.mode,
    accessed: Math.floor(stats.atimeMs / 1000),
    modified: Math.floor(stats.mtimeMs / 1000),
  };
}

function exact(offset: number): number {
  if (Number.isSafeInteger(offset)) return offset;
  throw new Error("no file reaches as far as that");
}

const cString = (name: Buffer): Buffer => Buffer.concat([name, Buffer.alloc(1)]);
