/** Other daemons that offer images by their API: public ones to everybody, others to whoever has a secret for one. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import {
  chooseOffered,
  type ImageServer,
  kernelArchitecture,
  type OfferedImage,
  type ServerAddress,
} from "@lodge/core";
import type { z } from "zod";
import { receiveImage } from "../../../system/images/receive-image.ts";
import { ask } from "../../../system/web/ask.ts";
import { type Pace, paced } from "../../../system/web/paced.ts";
import { readText } from "../../../system/web/read-text.ts";
import { unreachable, untrue } from "../../../system/web/web-error.ts";
import { imageAnswer, imagesAnswer, type ServerImage } from "./schema.ts";

export interface LxdServerOptions {
  /** Checks an address that a user or a client gave. `request_invalid`. */
  readonly parseServer: (server: string) => Promise<URL>;
  readonly pace?: Pace;
}

/** Bytes of a list of images. */
const longestList = 32 << 20;
/** Bytes around the files of an export. */
const framing = 16 << 10;

export function createLxdServer({ parseServer, pace }: LxdServerOptions): ImageServer {
  async function urlOf({ server, secret, project }: ServerAddress, path: string): Promise<URL> {
    const url = new URL(path, await parseServer(server));
    if (project !== undefined) url.searchParams.set("project", project);
    if (secret !== undefined) url.searchParams.set("secret", secret);
    return url;
  }

  async function get<T>(at: ServerAddress, path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const url = await urlOf(at, path);
    const answer = await readText({ url, certificate: at.certificate, signal }, longestList);
    return parse(url, answer?.text ?? "", schema);
  }

  async function list(at: ServerAddress, signal: AbortSignal): Promise<OfferedImage[]> {
    const { metadata } = await get(at, "/1.0/images?recursion=1", imagesAnswer, signal);
    const images = metadata.flatMap((image) => (image ? [offeredOf(image)] : []));
    return images.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  }

  return {
    list,
    async find(at, wanted, signal) {
      const { fingerprint = "" } = wanted;
      // One that is not public is in no list.
      if (at.secret !== undefined && /^[0-9a-f]{64}$/.test(fingerprint)) {
        const { metadata } = await get(at, `/1.0/images/${fingerprint}`, imageAnswer, signal);
        return chooseOffered(at.server, [offeredOf(metadata)], { fingerprint });
      }
      return chooseOffered(at.server, await list(at, signal), wanted);
    },
    async fetch(at, { fingerprint, size }, directory, received, signal) {
      const url = await urlOf(at, `/1.0/images/${fingerprint}/export`);
      const { status, headers, body } = await ask({ url, certificate: at.certificate, signal });
      if (status !== 200) {
        body.destroy();
        throw unreachable(url, `it answers ${status} for the image ${fingerprint.slice(0, 12)}`);
      }
      const failures = { slow: (why: string) => unreachable(url, why), long: (why: string) => untrue(url, why) };
      async function* counted(): AsyncGenerator<Buffer, void> {
        let bytes = 0;
        for await (const piece of paced(body, size + framing, failures, pace)) {
          bytes += piece.length;
          received("rootfs", Math.min(bytes, size), size);
          yield piece;
        }
      }
      const hash = createHash("sha256");
      const files = await receiveImage(headers, Readable.from(counted(), { objectMode: false }), directory, hash).catch(
        (error: unknown) => {
          signal.throwIfAborted();
          const cause = rootCause(error);
          throw cause instanceof LodgeError ? cause : unreachable(url, "it broke off", error);
        },
      );
      const found = hash.digest("hex");
      if (found === fingerprint) return files;
      throw untrue(url, `the image ${fingerprint.slice(0, 12)} hashes to ${found.slice(0, 12)}`);
    },
  };
}

/** What began it, where one failure leads to another. */
function rootCause(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof LodgeError ? rootCause(cause) : error;
}

function offeredOf(image: ServerImage): OfferedImage {
  const createdAt = new Date(image.created_at);
  return {
    ...{ fingerprint: image.fingerprint, type: image.type, filename: image.filename, size: image.size },
    architecture: kernelArchitecture(image.architecture),
    aliases: (image.aliases ?? []).map(({ name }) => name),
    properties: image.properties ?? {},
    createdAt: Number.isNaN(createdAt.getTime()) ? new Date(0) : createdAt,
  };
}

function parse<T>(url: URL, text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw untrue(url, `it does not answer ${url.pathname} as LXD does`, error);
  }
}
