/**
 * What may stand in an archive that is unpacked to an instance's root file system. Pure: entries in, an error out. Archives are
 * unpacked by root on the host, so nothing in one may name or reach a place outside.
 */

export type EntryType =
  | "file"
  | "directory"
  | "symlink"
  | "link"
  | "fifo"
  | "character-device"
  | "block-device"
  | "socket";

export interface Entry {
  readonly path: string;
  readonly type: EntryType;
  /** Bytes of a file. */
  readonly size: number;
  /** Where a hard link points. */
  readonly target?: string;
  readonly device?: { readonly major: number; readonly minor: number };
}

/** Makes the error of an archive that is refused, of a sentence's end about it: `it has …`. */
export type Refusal = (why: string) => Error;

export interface EntryLimits {
  readonly entries: number;
  /** Bytes of all files together. */
  readonly bytes: number;
}

/** null, zero, full, random, urandom, tty, console, ptmx: those that archives of system containers hold. */
const ordinaryDevices = new Set(["1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2"]);
const longestPath = 4096;

export class EntryRules {
  readonly #limits: EntryLimits;
  readonly #refuse: Refusal;
  readonly #symlinks = new Set<string>();
  #entries = 0;
  #bytes = 0;

  constructor(limits: EntryLimits, refuse: Refusal) {
    this.#limits = limits;
    this.#refuse = refuse;
  }

  get limits(): EntryLimits {
    return this.#limits;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Takes the next entry of the archive and returns its path without `./`; throws when it may not be there. */
  check(entry: Entry): string {
    const refuse = this.#refuse;
    this.#entries += 1;
    this.#bytes += entry.size;
    if (this.#entries > this.#limits.entries) throw refuse(`it has more than ${this.#limits.entries} entries`);
    if (this.#bytes > this.#limits.bytes) throw refuse("it unpacks to far more than it may hold");
    const path = insidePath(entry.path, refuse);
    this.#refuseBelowSymlink(path);
    // An entry takes the place of an earlier one.
    this.#symlinks.delete(path);
    if (entry.type === "symlink") this.#symlinks.add(path);
    if (entry.type === "link") this.#refuseBelowSymlink(insidePath(entry.target ?? "", refuse));
    if (entry.type === "block-device") throw refuse(`${shown(path)} is a block device`);
    if (entry.type === "character-device") refuseDevice(path, entry, refuse);
    return path;
  }

  /** `a -> /etc` and then `a/passwd` would write outside. */
  #refuseBelowSymlink(path: string): void {
    for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
      if (this.#symlinks.has(path.slice(0, slash))) throw this.#refuse(`${shown(path)} lies below a symbolic link`);
    }
  }
}

/** A path in the archive, relative to its root, without `.` and empty parts. */
export function insidePath(path: string, refuse: Refusal): string {
  if (path.startsWith("/")) throw refuse(`${shown(path)} is an absolute path`);
  if (path.length > longestPath || path.includes("\0")) throw refuse(`${shown(path)} is no path`);
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse(`${shown(path)} leads out of the archive`);
  return parts.join("/");
}

export const isOrdinaryDevice = ({ major, minor }: NonNullable<Entry["device"]>): boolean =>
  ordinaryDevices.has(`${major}:${minor}`);

function refuseDevice(path: string, { device }: Entry, refuse: Refusal): void {
  if (device && isOrdinaryDevice(device)) return;
  throw refuse(`${shown(path)} is a device other than null, zero, full, random, urandom, tty, console and ptmx`);
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}
