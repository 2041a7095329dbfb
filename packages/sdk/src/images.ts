import type { Readable } from "node:stream";
import type {
  Alias,
  AliasCreate,
  Image,
  ImageBuild,
  ImageExpect,
  ImageFormatName,
  ImageProjectCopy,
  ImagePublish,
  ImagePull,
  ImagePush,
  ImagePut,
  ImageUrlPull,
  InstanceType,
} from "@lodge/api";
import { type ImageFile, imageFiles } from "./image-export.ts";
import { type FilePart, multipartBoundary, multipartStream } from "./multipart-write.ts";
import type { Rest } from "./rest.ts";
import type { RunningOperation } from "./running-operation.ts";

/** The files of an image to import: one alone (a unified archive, a bare disk or root file system), or metadata and root file system apart. */
export interface ImageImport {
  readonly type: InstanceType;
  readonly rootfs: ImageUpload;
  /** Missing: `rootfs` has metadata in it, or some are made. */
  readonly metadata?: ImageUpload;
  /** What `rootfs` is. Missing: the daemon finds out. */
  readonly format?: ImageFormatName;
  /** How old the content is: for metadata that are made. Missing: it is new. */
  readonly created?: Date;
  readonly properties?: Readonly<Record<string, string>>;
  /** Names for it, given with the import: none without the other. */
  readonly aliases?: readonly string[];
  /** What instances have that are made of it and say no profiles; missing: the default one. */
  readonly profiles?: readonly string[];
  /** Everybody may see it. */
  readonly public?: boolean;
}

export interface ImageUpload {
  readonly filename: string;
  readonly content: Readable;
}

/** `/1.0/images`. */
export class Images {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(): Promise<Image[]> {
    return this.#rest.get("/1.0/images", { recursion: 1 });
  }

  /** By fingerprint, or a prefix of one that only one image has. */
  get(fingerprint: string): Promise<Image> {
    return this.#rest.get(`/1.0/images/${encodeURIComponent(fingerprint)}`);
  }

  /** With the tag that a change sends back. */
  getTagged(fingerprint: string): Promise<{ value: Image; etag: string }> {
    return this.#rest.getTagged(`/1.0/images/${encodeURIComponent(fingerprint)}`);
  }

  /** What is said of an image, and is not in it. With a tag: unless it has changed meanwhile. */
  async update(fingerprint: string, body: ImagePut, etag?: string): Promise<void> {
    const headers = etag ? { "if-match": etag } : {};
    await this.#rest.call("PUT", `/1.0/images/${encodeURIComponent(fingerprint)}`, { body, headers });
  }

  /** What another server offers, as the daemon sees it. */
  offered(server: { server: string; protocol?: string; certificate?: string }): Promise<Image[]> {
    return this.#rest.get("/1.0/images/remote", { ...server });
  }

  /** Has the daemon fetch an image from another server, or one that has a URL of its own; `metadata.fingerprint` at the end, `download_progress` meanwhile. */
  pull(request: ImagePull | ImageProjectCopy | ImageUrlPull): Promise<RunningOperation> {
    return this.#rest.start("POST", "/1.0/images", { body: request });
  }

  /** A newer image under the same alias of its server takes its place; `metadata.refreshed`: there was one. */
  refresh(fingerprint: string): Promise<RunningOperation> {
    return this.#rest.start("POST", `/1.0/images/${encodeURIComponent(fingerprint)}/refresh`);
  }

  /** By which another server may fetch an image that is not public, for some minutes. */
  async secret(fingerprint: string): Promise<string> {
    const { started } = await this.#rest.start("POST", `/1.0/images/${encodeURIComponent(fingerprint)}/secret`);
    return String(started.metadata["secret"]);
  }

  /** Has the daemon expect an image from another server: the secret by which that one may send it, within some minutes, once. */
  async expect(request: ImageExpect): Promise<string> {
    const { started } = await this.#rest.start("POST", "/1.0/images", { body: request });
    return String(started.metadata["secret"]);
  }

  /** Has the daemon send an image to another server that expects it; `metadata.upload_progress` says how far it is. */
  push(fingerprint: string, request: ImagePush): Promise<RunningOperation> {
    return this.#rest.start("POST", `/1.0/images/${encodeURIComponent(fingerprint)}/export`, { body: request });
  }

  delete(fingerprint: string): Promise<RunningOperation> {
    return this.#rest.start("DELETE", `/1.0/images/${encodeURIComponent(fingerprint)}`);
  }

  /** Names of what `build` builds. */
  definitions(): Promise<string[]> {
    return this.#rest.get("/1.0/images/definitions");
  }

  /** Builds a definition on the host; `metadata.build_progress` says how far it is. */
  build(request: ImageBuild): Promise<RunningOperation> {
    return this.#rest.start("POST", "/1.0/images/build", { body: request });
  }

  /** `metadata.fingerprint` of the finished operation names the image; `import_progress` says how far a conversion is. */
  import(image: ImageImport): Promise<RunningOperation> {
    const properties = new URLSearchParams({ ...image.properties }).toString();
    const aliases = new URLSearchParams(
      (image.aliases ?? []).map((name): [string, string] => ["alias", name]),
    ).toString();
    const headers = {
      ...(properties && { "x-lxd-properties": properties }),
      ...(aliases && { "x-lxd-aliases": aliases }),
      ...(image.profiles && {
        "x-lxd-profiles": image.profiles.map((name) => `profile=${encodeURIComponent(name)}`).join("&"),
      }),
      ...(image.public && { "x-lxd-public": "true" }),
      ...(image.format && { "x-lodge-format": image.format }),
      ...(image.created && { "x-lodge-created": String(Math.floor(image.created.getTime() / 1000)) }),
    };
    if (!image.metadata) {
      const unified = { "content-type": "application/octet-stream", "x-lxd-filename": image.rootfs.filename };
      return this.#rest.start("POST", "/1.0/images", {
        stream: image.rootfs.content,
        headers: { ...headers, ...unified },
      });
    }
    const parts: FilePart[] = [
      { name: "metadata", ...image.metadata },
      { name: image.type === "virtual-machine" ? "rootfs.img" : "rootfs", ...image.rootfs },
    ];
    const boundary = multipartBoundary();
    return this.#rest.start("POST", "/1.0/images", {
      stream: multipartStream(parts, boundary),
      headers: { ...headers, "content-type": `multipart/form-data; boundary=${boundary}` },
    });
  }

  /** Makes an image of a stopped instance or of a snapshot; `create_image_from_container_pack_progress` says how far it is. */
  publish(request: ImagePublish): Promise<RunningOperation> {
    return this.#rest.start("POST", "/1.0/images", { body: request });
  }

  /** The image's files one after the other; read or destroy each before the next. */
  async *export(fingerprint: string): AsyncGenerator<ImageFile, void> {
    yield* imageFiles(
      await this.#rest.raw("GET", `/1.0/images/${encodeURIComponent(fingerprint)}/export`),
      fingerprint,
    );
  }

  aliases(): Promise<Alias[]> {
    return this.#rest.get("/1.0/images/aliases", { recursion: 1 });
  }

  async addAlias(alias: AliasCreate): Promise<void> {
    await this.#rest.call("POST", "/1.0/images/aliases", { body: alias });
  }

  /** Of both types when none is given. */
  async removeAlias(name: string, type?: InstanceType): Promise<void> {
    await this.#rest.call("DELETE", `/1.0/images/aliases/${encodeURIComponent(name)}`, { query: { type } });
  }
}
