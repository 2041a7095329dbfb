/**
 * Servers that publish images as simplestreams: an index, product files, and the images' files beneath one address. What they say of an
 * image is believed as far as its hashes go: every file has one, and the image as a whole.
 */
import { join } from "node:path";
import { chooseOffered, type ImageServer, type ServerAddress } from "@lodge/core";
import type { z } from "zod";
import { beneath } from "../../../system/web/address.ts";
import { type DownloadSurroundings, download } from "../../../system/web/download.ts";
import { readText, type WebText } from "../../../system/web/read-text.ts";
import { untrue } from "../../../system/web/web-error.ts";
import { imagesOf, type StreamImage } from "./products.ts";
import { RecentlyRead } from "./recently-read.ts";
import { indexSchema, productsSchema } from "./schema.ts";
import { keyringFor, signedPath, signedText } from "./signed.ts";

export interface SimplestreamsOptions extends DownloadSurroundings {
  /** Checks an address that a user or a client gave. `request_invalid`. */
  readonly parseServer: (server: string) => Promise<URL>;
  /** Directory of keys, a file for each server whose lists must be signed: see `keyringFor`. */
  readonly keyrings: string;
}

/** Bytes: of the largest that are published the tenth part. */
const longestIndex = 4 << 20;
const longestProducts = 64 << 20;
const mostProductFiles = 16;

export function createSimplestreams({ parseServer, keyrings, ...surroundings }: SimplestreamsOptions): ImageServer {
  const indexes = new RecentlyRead<readonly string[]>();
  const products = new RecentlyRead<readonly StreamImage[]>();

  async function images({ server, certificate }: ServerAddress, signal: AbortSignal): Promise<readonly StreamImage[]> {
    const base = await parseServer(server);
    const keyring = await keyringFor(keyrings, base);
    const read = async <T>(recent: RecentlyRead<T>, path: string, limit: number, parse: (text: string) => T) => {
      const url = beneath(base, keyring ? signedPath(path) : path);
      const ask = async (validators: WebText["validators"]) => {
        const answer = await readText({ url, certificate, signal }, limit, validators);
        return keyring && answer ? { ...answer, text: await signedText(base, answer.text, keyring) } : answer;
      };
      return recent.read(`${url.href} ${certificate ?? ""}`, ask, parse);
    };
    const paths = await read(indexes, "streams/v1/index.json", longestIndex, (text) => productFiles(base, text));
    const found: StreamImage[] = [];
    for (const path of paths) {
      found.push(
        ...(await read(products, path, longestProducts, (text) => imagesOf(parse(base, productsSchema, text)))),
      );
    }
    return found;
  }

  return {
    list: images,
    async find(at, wanted, signal) {
      return chooseOffered(at.server, await images(at, signal), wanted);
    },
    async fetch(at, { fingerprint }, directory, received, signal) {
      const base = await parseServer(at.server);
      const offered = chooseOffered(at.server, await images(at, signal), { fingerprint });
      const { metadata, rootfs } = offered.files;
      let before = 0;
      const get = async (name: string, { path, size, sha256 }: typeof rootfs) => {
        const target = join(directory, name);
        const file = { url: beneath(base, path), certificate: at.certificate, path: target, size, sha256, signal };
        await download({ ...file, received: (bytes) => received(name, before + bytes, offered.size) }, surroundings);
        before += size;
        return target;
      };
      if (!metadata) return { rootfs: await get("rootfs", rootfs) };
      return { metadata: await get("metadata", metadata), rootfs: await get("rootfs", rootfs) };
    },
  };
}

function productFiles(base: URL, text: string): string[] {
  const entries = Object.values(parse(base, indexSchema, text).index);
  const paths = entries
    .filter(({ datatype, products }) => datatype === "image-downloads" && (products?.length ?? 1) > 0)
    .map(({ path }) => path);
  return [...new Set(paths)].slice(0, mostProductFiles);
}

function parse<T>(base: URL, schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw untrue(base, "what it sends is no JSON", error);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw untrue(base, `what it sends is no simplestreams (${issue?.path.join(".")}: ${issue?.message})`, result.error);
}
