import type { Readable } from "node:stream";
import { type ImagePublish, imagePublishSchema, LodgeError } from "@lodge/api";
import { z } from "zod";
import { notSupported } from "../errors.ts";
import { jsonBodyLimit, parseJson } from "../json-body.ts";
import { parseBody } from "../validation.ts";

/** Where else LXD makes images from. */
const otherSource = z.object({ source: z.object({ type: z.enum(["image", "url"]) }) });

/** The JSON body of `POST /1.0/images`. `request_invalid`, `not_supported`. */
export async function readPublish(body: Readable): Promise<ImagePublish> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= jsonBodyLimit) pieces.push(piece);
  }
  if (size > jsonBodyLimit) throw new LodgeError({ code: "request_invalid", message: "The body is too large." });
  const value = parseJson(Buffer.concat(pieces).toString("utf8"));
  if (otherSource.safeParse(value).success) notSupported("Making an image from a URL or another server's image");
  return parseBody(imagePublishSchema, value);
}
