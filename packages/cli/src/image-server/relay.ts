import { Readable } from "node:stream";
import type { Image } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { ImageImport, ImageUpload, LodgeClient, RunningOperation } from "@lodge/sdk";

/** Bytes of metadata that are held while the root file system is still to come. */
const longestMetadata = 64 << 20;

/** An image from one server to another through this process, for servers that do not reach each other. */
export async function relayImage(
  from: LodgeClient,
  to: LodgeClient,
  { fingerprint, type, properties }: Image,
  said: Pick<ImageImport, "aliases" | "profiles" | "public">,
): Promise<RunningOperation> {
  let metadata: ImageUpload | undefined;
  for await (const { part, filename, content } of from.images.export(fingerprint)) {
    if (part === "metadata") {
      metadata = { filename, content: Readable.from([await bounded(content)], { objectMode: false }) };
      continue;
    }
    const rootfs = { filename, content };
    return to.images.import({ type, rootfs, ...(metadata && { metadata }), properties, ...said });
  }
  throw new LodgeError({ code: "image_invalid", message: `The image ${fingerprint} has no root file system.` });
}

async function bounded(content: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of content as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > longestMetadata) throw new LodgeError({ code: "image_invalid", message: "Its metadata are too large." });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
