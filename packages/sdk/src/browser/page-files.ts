import type { FileEntry } from "@lodge/api";
import { Rest } from "../rest.ts";
import type { HttpResponse, Transport } from "../transport.ts";

/** What is at a path: a link is not followed. */
export type PageFile =
  | { readonly type: "file"; readonly content: Blob }
  | { readonly type: "symlink"; readonly target: string }
  | { readonly type: "directory" };

/** Files inside an instance, as pages have them: content is a Blob. Paths are absolute. */
export class PageFiles {
  readonly #rest: Rest;
  readonly #url: string;

  constructor(transport: Transport, instance: string, project?: string) {
    this.#rest = new Rest(transport, project);
    this.#url = `/1.0/instances/${encodeURIComponent(instance)}/files`;
  }

  /** What a directory holds, sorted by name. */
  entries(path: string): Promise<FileEntry[]> {
    return this.#rest.get(this.#url, { path, recursion: 1 });
  }

  async read(path: string): Promise<PageFile> {
    const response = await this.#rest.raw("GET", this.#url, { query: { path } });
    const content = await blobOf(response);
    const type = response.headers["x-lxd-type"];
    if (type === "directory") return { type };
    return type === "symlink" ? { type, target: await content.text() } : { type: "file", content };
  }

  /** Creates or replaces a file; one that was there keeps its owner and mode. */
  async write(path: string, content: Blob): Promise<void> {
    await this.#rest.call("POST", this.#url, {
      query: { path },
      stream: content as never,
      headers: { "content-type": "application/octet-stream", "x-lxd-type": "file", "x-lxd-write": "overwrite" },
    });
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#rest.call("POST", this.#url, {
      query: { path },
      headers: { "content-type": "application/octet-stream", "x-lxd-type": "directory" },
    });
  }

  /** Fails where something is at the new path. */
  async rename(path: string, to: string): Promise<void> {
    await this.#rest.call("PATCH", this.#url, { query: { path }, body: { path: to } });
  }

  /** A file, a link or an empty directory. */
  async remove(path: string): Promise<void> {
    await this.#rest.call("DELETE", this.#url, { query: { path } });
  }
}

async function blobOf({ body }: HttpResponse): Promise<Blob> {
  const parts: BlobPart[] = [];
  for await (const part of body as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) parts.push(part);
  return new Blob(parts);
}
