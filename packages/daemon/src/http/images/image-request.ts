import type { Readable } from "node:stream";
import {
  type ImageExpect,
  type ImageProjectCopy,
  type ImagePublish,
  type ImagePull,
  type ImageUrlPull,
  imageExpectSchema,
  imageProjectCopySchema,
  imagePublishSchema,
  imagePullSchema,
  imageUrlPullSchema,
  LodgeError,
} from "@lodge/api";
import { z } from "zod";
import { jsonBodyLimit, parseJson } from "../json-body.ts";
import { parseBody } from "../validation.ts";

const byUrl = z.object({ source: z.object({ type: z.literal("url") }) });
const expected = z.object({ source: z.object({ mode: z.literal("push") }) });
/** Of this server itself. */
const ofProject = z.object({
  source: z.object({ type: z.literal("image"), project: z.string().min(1), server: z.literal("").optional() }),
});
const pulled = z.object({ source: z.object({ type: z.literal("image") }) });

export type ImageRequest =
  | { readonly kind: "publish"; readonly request: ImagePublish }
  | { readonly kind: "copy"; readonly request: ImageProjectCopy }
  | { readonly kind: "expect"; readonly request: ImageExpect }
  | { readonly kind: "pull"; readonly request: ImagePull }
  | { readonly kind: "url"; readonly request: ImageUrlPull };

/** The JSON body of `POST /1.0/images`: an instance to be made an image of, or another server's image, which is to be fetched or will be sent. `request_invalid`. */
export async function readImageRequest(body: Readable): Promise<ImageRequest> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= jsonBodyLimit) pieces.push(piece);
  }
  if (size > jsonBodyLimit) throw new LodgeError({ code: "request_invalid", message: "The body is too large." });
  const value = parseJson(Buffer.concat(pieces).toString("utf8"));
  if (byUrl.safeParse(value).success) return { kind: "url", request: parseBody(imageUrlPullSchema, value) };
  if (expected.safeParse(value).success) return { kind: "expect", request: parseBody(imageExpectSchema, value) };
  if (ofProject.safeParse(value).success) return { kind: "copy", request: parseBody(imageProjectCopySchema, value) };
  if (pulled.safeParse(value).success) return { kind: "pull", request: parseBody(imagePullSchema, value) };
  return { kind: "publish", request: parseBody(imagePublishSchema, value) };
}
