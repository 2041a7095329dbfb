import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Rest } from "./rest.ts";
import type { HttpResponse } from "./transport.ts";

/** Who owns a file inside an instance, and its permission bits (0 to 0o7777). */
export interface FileAttributes {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly mode?: number | undefined;
}

/** What is at a path inside an instance. A file's content must be read or destroyed. */
export type GuestEntry = Required<{ [K in keyof FileAttributes]: number }> &
  (
    | { readonly type: "file"; readonly content: Readable }
    | { readonly type: "directory"; readonly entries: readonly string[] }
    | { readonly type: "symlink"; readonly target: string }
  );

/** Files inside one instance, or of one volume: `URL/files?path=`. Paths are absolute. */
export class InstanceFiles {
  readonly #rest: Rest;
  readonly #url: string;

  /** `url`: of the instance or volume. */
  constructor(rest: Rest, url: string) {
    this.#rest = rest;
    this.#url = `${url}/files`;
  }

  async read(path: string): Promise<GuestEntry> {
    const response = await this.#rest.raw("GET", this.#url, { query: { path } });
    const attributes = {
      uid: number(response, "uid", 10),
      gid: number(response, "gid", 10),
      mode: number(response, "mode", 8),
    };
    const type = response.headers["x-lxd-type"];
    if (type === "directory") return { ...attributes, type, entries: entryNames(await text(response.body)) };
    if (type === "symlink") return { ...attributes, type, target: (await text(response.body)).trimEnd() };
    return { ...attributes, type: "file", content: response.body };
  }

  /** Creates or replaces a file, or appends to it. */
  async write(path: string, content: Readable, attributes: FileAttributes = {}, append = false): Promise<void> {
    const headers = { "content-type": "application/octet-stream", "x-lxd-write": append ? "append" : "overwrite" };
    await this.#post(path, "file", content, attributes, headers);
  }

  /** Makes a directory; one that exists stays as it is. */
  async makeDirectory(path: string, attributes: FileAttributes = {}): Promise<void> {
    await this.#post(path, "directory", Readable.from([]), attributes);
  }

  async makeSymlink(path: string, target: string, attributes: FileAttributes = {}): Promise<void> {
    await this.#post(path, "symlink", Readable.from([target]), attributes);
  }

  /** Removes a file, a symlink or an empty directory. */
  async remove(path: string): Promise<void> {
    await this.#rest.call("DELETE", this.#url, { query: { path } });
  }

  async #post(
    path: string,
    type: GuestEntry["type"],
    stream: Readable,
    attributes: FileAttributes,
    headers: Readonly<Record<string, string>> = { "content-type": "application/octet-stream" },
  ): Promise<void> {
    await this.#rest.call("POST", this.#url, {
      query: { path },
      stream,
      headers: { ...headers, "x-lxd-type": type, ...attributeHeaders(attributes) },
    });
  }
}

function attributeHeaders({ uid, gid, mode }: FileAttributes): Record<string, string> {
  return {
    ...(uid !== undefined && { "x-lxd-uid": String(uid) }),
    ...(gid !== undefined && { "x-lxd-gid": String(gid) }),
    ...(mode !== undefined && { "x-lxd-mode": mode.toString(8).padStart(4, "0") }),
  };
}

function number(response: HttpResponse, name: string, radix: number): number {
  return Number.parseInt(String(response.headers[`x-lxd-${name}`] ?? "0"), radix) || 0;
}

/** The reference sends names in a sync envelope. */
function entryNames(json: string): readonly string[] {
  const { metadata } = JSON.parse(json) as { metadata: readonly string[] | null };
  return metadata ?? [];
}
