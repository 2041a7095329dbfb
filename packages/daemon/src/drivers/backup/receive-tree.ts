/**
 * Writes an archive's entries into a directory, by GNU tar. It is never given what came: each entry is checked, and said anew from what was
 * understood of it, so that the two cannot understand different things.
 */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { type Filter, startFilter } from "../../system/filter.ts";
import { Interruption } from "../../system/interruption.ts";
import type { EntryRules, EntryType } from "../../system/tar/entry-rules.ts";
import type { ReadEntry } from "../../system/tar/read-tar.ts";
import { archiveEnd, encodeHeader, padding, type TarHeader } from "../../system/tar/tar-header.ts";
import { entrySize } from "./disk/sparse-entry.ts";
import { refuse, writeFailure } from "./failure.ts";

const types: Readonly<Record<string, EntryType>> = {
  "0": "file",
  "1": "link",
  "2": "symlink",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
  "7": "file",
};

export class TreeReceiver implements AsyncDisposable {
  readonly #rules: EntryRules;
  readonly #tar: Filter;
  readonly #input: PassThrough;
  readonly #ended = new Interruption();

  constructor(directory: string, rules: EntryRules) {
    this.#rules = rules;
    this.#input = new PassThrough({ highWaterMark: 1 << 20 });
    this.#tar = startFilter({ command: extractCommand, cwd: directory, input: this.#input, failure: writeFailure });
    const end = () => this.#ended.happen(new Error("tar ended"));
    this.#tar.done.then(end, end);
    this.#tar.output.resume();
    // A tar that ends takes its input with it; what it said comes by `done`.
    this.#input.on("error", () => undefined);
  }

  /** `path`: of the entry below the directory; empty for that itself. `target`: where a hard link points, below it too. */
  async add(entry: ReadEntry, path: string, target: string): Promise<void> {
    const { header } = entry;
    const type = types[header.kind];
    if (!type) throw refuse(`it has an entry of an unknown kind (${header.kind})`);
    if (path === "" && type !== "directory") throw refuse("its root is no directory");
    entrySize(header, refuse);
    const device = { major: header.major, minor: header.minor };
    const checked = this.#rules.check({ path: path || ".", type, size: header.size, target, device });
    await this.#write(
      encodeHeader(rewritten(header, checked === "" ? "." : checked, type === "link" ? target : header.target)),
    );
    for await (const piece of entry.pieces()) await this.#write(piece);
    await this.#write(padding(header.size));
  }

  /** Resolves when all that was added is there. */
  async end(): Promise<void> {
    await this.#write(archiveEnd);
    this.#input.end();
    await this.#tar.done;
  }

  async #write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0 || this.#input.write(bytes)) return;
    const waiting = new AbortController();
    try {
      await this.#ended.unless(once(this.#input, "drain", { signal: waiting.signal }));
    } catch {
      await this.#tar.done;
    } finally {
      waiting.abort();
    }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    this.#input.destroy();
    return this.#tar[Symbol.asyncDispose]();
  }
}

function rewritten(header: TarHeader, name: string, target: string): TarHeader {
  const { pax } = header;
  const sparse = pax.has("GNU.sparse.realsize");
  const kept = new Map([...pax].filter(([keyword]) => isKept(keyword)));
  if (sparse) kept.set("GNU.sparse.name", name);
  return { ...header, name: sparse ? "sparse" : name, target, pax: kept };
}

/** What GNU tar is told beside the fields. An archive has no say in how a root is mounted: nothing of `trusted.`. */
function isKept(keyword: string): boolean {
  if (keyword.startsWith("SCHILY.xattr.")) return !keyword.startsWith("SCHILY.xattr.trusted.");
  return /^(mtime|SCHILY\.acl\.(access|default)|RHT\.security\.selinux|GNU\.sparse\.(major|minor|realsize))$/.test(
    keyword,
  );
}

const extractCommand = [
  "tar",
  "--extract",
  "--numeric-owner",
  "--same-owner",
  "--same-permissions",
  "--delay-directory-restore",
  "--acls",
  "--selinux",
  "--xattrs",
  "--xattrs-include=*",
  "--warning=no-timestamp",
  "--file=-",
] as const;
