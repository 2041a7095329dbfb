import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

export interface Asset {
  readonly type: string;
  readonly content: Buffer;
  /** By the name that HTTP has for the way; none where it would not be shorter. */
  readonly compressed: { readonly br?: Buffer; readonly gzip?: Buffer };
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** Once for each file, in a thread of its own: as small as it gets. */
const ways = { br: promisify(brotliCompress), gzip: promisify(gzip) };

/** The built console's files. Only what was found in its directory is ever served: no path of a request reaches the file system. */
export class Assets {
  readonly #directory: string;
  #names: Promise<ReadonlySet<string>> = Promise.resolve(new Set());
  readonly #read = new Map<string, Promise<Asset>>();
  /** Of the page that names all the others: it tells one build from the next. */
  #builtAt = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** By its path below the directory; undefined: there is no such file. */
  async find(name: string): Promise<Asset | undefined> {
    if (name === "index.html" || this.#builtAt === 0) await this.#lookForAnother();
    if (!(await this.#names).has(name)) return undefined;
    const known = this.#read.get(name) ?? this.#load(name);
    this.#read.set(name, known);
    return known;
  }

  /** What was built while the daemon runs is served from its next page on. */
  async #lookForAnother(): Promise<void> {
    const page = await stat(join(this.#directory, "index.html")).catch(() => undefined);
    if ((page?.mtimeMs ?? 0) === this.#builtAt) return;
    this.#builtAt = page?.mtimeMs ?? 0;
    this.#read.clear();
    this.#names = this.#list();
  }

  async #list(): Promise<ReadonlySet<string>> {
    const entries = await readdir(this.#directory, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = entries.filter((entry) => entry.isFile() && extname(entry.name) in types);
    return new Set(files.map((entry) => join(entry.parentPath, entry.name).slice(this.#directory.length + 1)));
  }

  async #load(name: string): Promise<Asset> {
    const content = await readFile(join(this.#directory, name));
    const type = types[extname(name)] ?? "application/octet-stream";
    const isText = /^(text|image\/svg)/.test(type);
    const [br, gzip] = isText ? await Promise.all([ways.br(content), ways.gzip(content)]) : [content, content];
    const shorter = (bytes: Buffer) => bytes.length < content.length;
    return { type, content, compressed: { ...(shorter(br) && { br }), ...(shorter(gzip) && { gzip }) } };
  }
}
