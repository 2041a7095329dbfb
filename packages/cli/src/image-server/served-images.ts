import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { Image } from "@lodge/api";
import type { LodgeClient } from "@lodge/sdk";
import { findImages } from "../find-image.ts";
import type { ServedFile, ServedImage, ServedPath } from "./tree.ts";

type Images = Pick<LodgeClient["images"], "list" | "export">;

/** The images of a daemon that are published. Their files are read through the API, each once for its hash; nothing is written. */
export class ServedImages {
  readonly #images: Images;
  readonly #names: readonly string[];
  readonly #known = new Map<string, Promise<Omit<ServedImage, "image">>>();

  /** Without names: the public ones. */
  constructor(images: Images, names: readonly string[]) {
    this.#images = images;
    this.#names = names;
  }

  async list(): Promise<ServedImage[]> {
    const images = await this.#chosen();
    const served: ServedImage[] = [];
    // One after the other: reading images is what this host's disks are slow at.
    for (const image of images) served.push({ image, ...(await this.#describe(image)) });
    return served;
  }

  /** Undefined: it is not published. The caller reads it to its end or destroys it. */
  async open({
    fingerprint,
    part,
  }: ServedPath): Promise<{ readonly size: number; readonly content: Readable } | undefined> {
    const image = (await this.#chosen()).find((each) => each.fingerprint === fingerprint);
    const size = image && (await this.#describe(image))[part]?.size;
    if (size === undefined) return undefined;
    for await (const file of this.#images.export(fingerprint)) {
      if ((file.part === "metadata") === (part === "metadata")) return { size, content: file.content };
      file.content.resume();
    }
    return undefined;
  }

  async #chosen(): Promise<Image[]> {
    const all = await this.#images.list();
    if (this.#names.length === 0) return all.filter((image) => image.public);
    return [...new Set(this.#names.flatMap((name) => findImages(all, name, undefined)))];
  }

  #describe({ fingerprint }: Image): Promise<Omit<ServedImage, "image">> {
    const known = this.#known.get(fingerprint);
    if (known) return known;
    const described = this.#read(fingerprint);
    this.#known.set(fingerprint, described);
    described.catch(() => this.#known.delete(fingerprint));
    return described;
  }

  async #read(fingerprint: string): Promise<Omit<ServedImage, "image">> {
    let metadata: ServedFile | undefined;
    for await (const { part, filename, content } of this.#images.export(fingerprint)) {
      const file = await hashOf(content);
      if (part === "metadata") metadata = file;
      else return { rootfs: file, filename, ...(metadata && { metadata }) };
    }
    throw new Error(`the image ${fingerprint} has no root file system`);
  }
}

async function hashOf(content: Readable): Promise<ServedFile> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of content as AsyncIterable<Buffer>) {
    hash.update(piece);
    size += piece.length;
  }
  return { sha256: hash.digest("hex"), size };
}
