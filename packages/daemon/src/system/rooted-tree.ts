import { constants, openSync, type Stats } from "node:fs";
import * as fs from "node:fs/promises";
import { withFileIdentity } from "./file-identity.ts";
import { errnoName, fileInvalid } from "./rooted-errors.ts";
import { Handle, O_DIRECTORY, O_NOFOLLOW, O_PATH, openInRoot, openRoot, type Root } from "./rooted-open.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOCTTY } = constants;

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

export interface RootedTreeOptions {
  /** What stands for `/`: a directory, or `/proc/PID/root`. */
  readonly path: string;
  /** Whether paths may lead into other mounts beneath it. */
  readonly crossMounts: boolean;
  /** Host id of the instance's id 0, and how many follow. */
  readonly ids: { readonly base: number; readonly size: number };
  /** For error messages. */
  readonly instance: string;
}

/** A name in a directory, which stands for no other place. */
export interface RootedEntry extends Disposable {
  readonly directory: Handle;
  readonly name: Buffer;
  /** For Node's functions that do not follow a last symlink. */
  readonly path: Buffer;
}

/** What is to be done with a file: its attributes are its owner's to change. */
export type Access = "read" | "write" | "own";
const permission: Readonly<Record<Access, number>> = { read: 0o4, write: 0o2, own: 0 };

/** What a host id outside the instance's range looks like inside. */
const nobody = 65534;

/**
 * A directory whose content is not trusted, as the instance's root user may use it: nothing in it leads out, makes this process wait
 * or opens a device, and what belongs to nobody of the instance is open to it as it is to strangers. Paths are bytes, and absolute.
 */
export class RootedTree implements Disposable {
  readonly instance: string;
  readonly #root: Root;
  readonly #ids: RootedTreeOptions["ids"];

  constructor({ path, crossMounts, ids, instance }: RootedTreeOptions) {
    this.#root = openRoot(path, crossMounts);
    this.#ids = ids;
    this.instance = instance;
  }

  /** Throws SystemCallError. */
  async open(path: Buffer, flags: number): Promise<Handle> {
    if (path[0] !== slash || path.includes(0)) throw this.invalid(path, "is no absolute path");
    return openInRoot(this.#root, path, flags);
  }

  /** The directory that holds `path`, and the name in it; for `write`, names may be made in it and taken away. */
  async openEntry(path: Buffer, access: Access): Promise<RootedEntry> {
    const { parent, name } = splitPath(path);
    if (isNowhere(name)) throw this.invalid(path, "names no entry of a directory");
    const directory = await this.open(parent, O_PATH | O_DIRECTORY);
    try {
      await this.requireFiles(directory, path);
      await this.require(directory, path, access);
    } catch (error) {
      directory[Symbol.dispose]();
      throw error;
    }
    const entry = Buffer.concat([Buffer.from(`${directory.path}/`), name]);
    return { directory, name, path: entry, [Symbol.dispose]: () => directory[Symbol.dispose]() };
  }

  /**
   * A regular file, following symlinks within the root, which is made where there is none: the instance's from the first moment. With
   * `exclusive`, only one that was made will do.
   */
  async openOrCreate(path: Buffer, exclusive: boolean): Promise<{ handle: Handle; created: boolean }> {
    for (let place = path, tries = 0; ; tries++) {
      const there = exclusive ? undefined : await this.open(place, O_PATH).catch(unlessMissing);
      if (there) return { handle: there, created: false };
      using entry = await this.openEntry(place, "write");
      try {
        const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY;
        return { handle: new Handle(this.create(() => openSync(entry.path, flags, 0o600))), created: true };
      } catch (error) {
        if (errnoName(error) !== "EEXIST" || exclusive || tries >= 16) throw error;
        // A link to what does not exist, or somebody was faster.
        const target = await fs.readlink(entry.path, "buffer").catch(() => undefined);
        if (target)
          place = target[0] === slash ? target : Buffer.concat([splitPath(place).parent, Buffer.from("/"), target]);
      }
    }
  }

  /** Does something on this thread whose new files belong to the instance's root user. */
  create<T>(make: () => T): T {
    return withFileIdentity(this.#ids.base, this.#ids.base, make);
  }

  async requireRegular(handle: Handle, path: Buffer): Promise<void> {
    const stats = await fs.stat(handle.path);
    if (stats.isDirectory()) throw this.invalid(path, "is a directory");
    if (!stats.isFile()) throw this.invalid(path, "is no regular file");
    await this.requireFiles(handle, path);
  }

  async requireFiles(handle: Handle, path: Buffer): Promise<void> {
    const type = unfit.get((await fs.statfs(handle.path)).type);
    if (type) throw this.invalid(path, `lies in ${type}, which holds no files to copy`);
  }

  /** As the kernel does for the root user of a user namespace, whose privileges end where its ids do. */
  async require(handle: Handle, path: Buffer, access: Access): Promise<void> {
    this.requireOf(await fs.stat(handle.path), path, access);
  }

  /** The same of what is known of a file. */
  requireOf({ uid, gid, mode }: Stats, path: Buffer, access: Access): void {
    if ((this.#owns(uid) && this.#owns(gid)) || (mode & permission[access]) !== 0) return;
    throw this.invalid(path, "belongs to nobody in the instance, and is not open to everybody");
  }

  invalid(path: Buffer, reason: string) {
    return fileInvalid(this.instance, String(path), reason);
  }

  toHost(id: number): number {
    if (id < 0 || id >= this.#ids.size) throw fileInvalid(this.instance, String(id), "is no user or group id there");
    return this.#ids.base + id;
  }

  toGuest(id: number): number {
    return this.#owns(id) ? id - this.#ids.base : nobody;
  }

  [Symbol.dispose](): void {
    this.#root.handle[Symbol.dispose]();
  }

  #owns(id: number): boolean {
    return id >= this.#ids.base && id < this.#ids.base + this.#ids.size;
  }
}

const slash = 0x2f;

/** `/a/b/` is `b` in `/a`. */
function splitPath(path: Buffer): { parent: Buffer; name: Buffer } {
  let end = path.length;
  while (end > 1 && path[end - 1] === slash) end--;
  const at = path.lastIndexOf(slash, end - 1);
  return { parent: path.subarray(0, Math.max(at, 1)), name: path.subarray(at + 1, end) };
}

const isNowhere = (name: Buffer): boolean => ["", ".", ".."].includes(name.toString("latin1"));

function unlessMissing(error: unknown): undefined {
  if (errnoName(error) !== "ENOENT") throw error;
}
