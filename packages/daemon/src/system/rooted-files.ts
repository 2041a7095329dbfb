import { constants, mkdirSync, type Stats, symlinkSync } from "node:fs";
import * as fs from "node:fs/promises";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import type { GuestFileAttributes, GuestFileInfo, GuestFiles } from "@lodge/core";
import { withFileIdentity } from "./file-identity.ts";
import { errnoName, fileError, fileInvalid } from "./rooted-errors.ts";
import {
  createInRoot,
  type Handle,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  openInRoot,
  openRoot,
  type Root,
} from "./rooted-open.ts";

const { O_RDONLY, O_WRONLY, O_TRUNC, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants;

/** File systems that are the kernel's, or a guest's program's, and hold no files: type numbers of statfs(2). */
const unfit = new Map([
  [0x9fa0, "procfs"],
  [0x62656572, "sysfs"],
  [0x27e0eb, "cgroup"],
  [0x63677270, "cgroup2"],
  [0x6e736673, "nsfs"],
  [0x64626720, "debugfs"],
  [0x74726163, "tracefs"],
  [0x73636673, "securityfs"],
  [0x62656570, "configfs"],
  [0xcafe4a11, "bpf"],
  [0x65735546, "fuse"],
  [0x0187, "autofs"],
]);

export interface RootedFilesOptions {
  /** What stands for `/`: a directory, or `/proc/PID/root`. */
  readonly path: string;
  /** Whether paths may lead into other mounts beneath it. */
  readonly crossMounts: boolean;
  /** Host id of the instance's id 0, and how many follow. */
  readonly ids: { readonly base: number; readonly size: number };
  /** For error messages. */
  readonly instance: string;
}

interface Owned {
  chown(uid: number, gid: number): Promise<void>;
  chmod(mode: number): Promise<void>;
}

/** What a host id outside the instance's range looks like inside. */
const nobody = 65534;

/** Files beneath a directory whose content is not trusted: nothing in it leads out, makes this process wait, or opens a device. */
export class RootedFiles implements GuestFiles {
  readonly #root: Root;
  readonly #ids: RootedFilesOptions["ids"];
  readonly #instance: string;

  constructor({ path, crossMounts, ids, instance }: RootedFilesOptions) {
    this.#root = openRoot(path, crossMounts);
    this.#ids = ids;
    this.#instance = instance;
  }

  stat(path: string): Promise<GuestFileInfo> {
    return this.#attempt(path, async () => {
      using handle = await this.#open(path, O_PATH | O_NOFOLLOW);
      const stats = await fs.stat(handle.path);
      const type = fileType(stats);
      if (!type) throw fileInvalid(this.#instance, path, "is a device, a pipe or a socket");
      return {
        type,
        uid: this.#toGuest(stats.uid),
        gid: this.#toGuest(stats.gid),
        mode: stats.mode & 0o7777,
        size: stats.size,
        ...(type === "symlink" ? { target: await this.#readLink(path) } : {}),
      };
    });
  }

  /** Follows symlinks. False for what does not exist. */
  async isDirectory(path: string): Promise<boolean> {
    return this.#open(path, O_PATH | O_DIRECTORY).then(
      (handle) => {
        handle[Symbol.dispose]();
        return true;
      },
      () => false,
    );
  }

  read(path: string): Promise<Readable> {
    return this.#attempt(path, async () => {
      using handle = await this.#open(path, O_PATH);
      await this.#requireRegular(handle, path);
      const file = await fs.open(handle.path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
      return file.createReadStream();
    });
  }

  list(path: string): Promise<string[]> {
    return this.#attempt(path, async () => {
      using handle = await this.#open(path, O_PATH | O_DIRECTORY);
      await this.#requireFiles(handle, path);
      return (await fs.readdir(handle.path)).sort();
    });
  }

  write(path: string, content: Readable, attributes: GuestFileAttributes, append = false): Promise<void> {
    return this.#attempt(path, async () => {
      const { file, created } = await this.#openForWriting(path, append);
      await using _ = { [Symbol.asyncDispose]: () => file.close().catch(() => undefined) };
      await this.#setAttributes(file, created ? { uid: 0, gid: 0, mode: 0o644, ...attributes } : attributes);
      await file.writeFile(content);
    });
  }

  makeDirectory(path: string, attributes: GuestFileAttributes): Promise<void> {
    return this.#attempt(path, async () => {
      if (/^\/+$/.test(path)) return;
      using parent = await this.#openParent(path);
      const created = this.#create(() => makeUnlessThere(parent.entry));
      using handle = await this.#open(path, O_PATH | O_DIRECTORY);
      const wanted = created ? { uid: 0, gid: 0, mode: 0o755, ...attributes } : attributes;
      const directory = {
        chown: (uid: number, gid: number) => fs.chown(handle.path, uid, gid),
        chmod: (mode: number) => fs.chmod(handle.path, mode),
      };
      await this.#setAttributes(directory, wanted);
    });
  }

  makeSymlink(path: string, target: string, attributes: GuestFileAttributes): Promise<void> {
    return this.#attempt(path, async () => {
      using parent = await this.#openParent(path);
      const old = await fs.lstat(parent.entry).catch(() => undefined);
      if (old?.isSymbolicLink()) await fs.unlink(parent.entry);
      this.#create(() => symlinkSync(target, parent.entry));
      await fs.lchown(parent.entry, this.#toHost(attributes.uid ?? 0), this.#toHost(attributes.gid ?? 0));
    });
  }

  remove(path: string): Promise<void> {
    return this.#attempt(path, async () => {
      using parent = await this.#openParent(path);
      const stats = await fs.lstat(parent.entry);
      await (stats.isDirectory() ? fs.rmdir(parent.entry) : fs.unlink(parent.entry));
    });
  }

  async close(): Promise<void> {
    this.#root.handle[Symbol.dispose]();
  }

  async #openForWriting(path: string, append: boolean): Promise<{ file: fs.FileHandle; created: boolean }> {
    const flags = O_WRONLY | O_NONBLOCK | O_NOCTTY;
    const existing = await this.#open(path, O_PATH).catch((error: unknown) => {
      if (errnoName(error) !== "ENOENT") throw error;
      return undefined;
    });
    // What was made is opened a second time, as a handle that Node knows.
    using handle = existing ?? this.#create(() => createInRoot(this.#root, path, flags, 0o600));
    await this.#requireRegular(handle, path);
    const file = await fs.open(handle.path, flags | (append ? O_APPEND : O_TRUNC));
    return { file, created: !existing };
  }

  /** Owner before mode: a change of owner clears the set-id bits. */
  async #setAttributes(file: Owned, attributes: GuestFileAttributes): Promise<void> {
    const { uid, gid, mode } = attributes;
    if (uid !== undefined || gid !== undefined) {
      await file.chown(uid === undefined ? -1 : this.#toHost(uid), gid === undefined ? -1 : this.#toHost(gid));
    }
    if (mode !== undefined) await file.chmod(mode & 0o7777);
  }

  /** The directory that holds `path`, and a name in it that stands for no other place. */
  async #openParent(path: string): Promise<Disposable & { readonly entry: string }> {
    const name = posix.basename(path);
    if (name === "" || name === "." || name === "..")
      throw fileInvalid(this.#instance, path, "names no entry of a directory");
    const handle = await this.#open(posix.dirname(path), O_PATH | O_DIRECTORY);
    try {
      await this.#requireFiles(handle, path);
    } catch (error) {
      handle[Symbol.dispose]();
      throw error;
    }
    return { entry: `${handle.path}/${name}`, [Symbol.dispose]: () => handle[Symbol.dispose]() };
  }

  async #readLink(path: string): Promise<string> {
    using parent = await this.#openParent(path);
    return await fs.readlink(parent.entry);
  }

  async #requireRegular(handle: Handle, path: string): Promise<void> {
    const stats = await fs.stat(handle.path);
    if (stats.isDirectory()) throw fileInvalid(this.#instance, path, "is a directory");
    if (!stats.isFile()) throw fileInvalid(this.#instance, path, "is no regular file");
    await this.#requireFiles(handle, path);
  }

  async #requireFiles(handle: Handle, path: string): Promise<void> {
    const type = unfit.get((await fs.statfs(handle.path)).type);
    if (type) throw fileInvalid(this.#instance, path, `lies in ${type}, which holds no files to copy`);
  }

  /** New files belong to the instance from the first moment. */
  #create<T>(make: () => T): T {
    return withFileIdentity(this.#ids.base, this.#ids.base, make);
  }

  async #open(path: string, flags: number): Promise<Handle> {
    if (!path.startsWith("/") || path.includes("\0")) throw fileInvalid(this.#instance, path, "is no absolute path");
    return openInRoot(this.#root, path, flags);
  }

  async #attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw fileError(this.#instance, path, error);
    }
  }

  #toHost(id: number): number {
    if (id < 0 || id >= this.#ids.size) throw fileInvalid(this.#instance, String(id), "is no user or group id there");
    return this.#ids.base + id;
  }

  #toGuest(id: number): number {
    const inside = id - this.#ids.base;
    return inside >= 0 && inside < this.#ids.size ? inside : nobody;
  }
}

function fileType(stats: Stats): GuestFileInfo["type"] | undefined {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "symlink" : undefined;
}

function makeUnlessThere(path: string): boolean {
  try {
    mkdirSync(path, 0o700);
    return true;
  } catch (error) {
    if (errnoName(error) === "EEXIST") return false;
    throw error;
  }
}
