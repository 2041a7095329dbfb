/** Receives an image's files into a staging directory, piece by piece, whatever their size. */
import type { Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { LodgeError } from "@lodge/api";

export interface ReceivedImage {
  readonly metadata?: string;
  readonly rootfs: string;
}

/**
 * One file stands alone; multipart has `metadata` and then `rootfs` or `rootfs.img`. `hash`: is given all of their bytes, one file
 * after the other. `image_invalid`, `pool_full`.
 */
export async function receiveImage(
  headers: IncomingHttpHeaders,
  body: Readable,
  directory: string,
  hash?: Hash,
): Promise<ReceivedImage> {
  const type = headers["content-type"];
  try {
    return type?.toLowerCase().startsWith("multipart/form-data")
      ? await receiveParts({ ...headers, "content-type": type }, body, directory, hash)
      : { rootfs: await save(body, join(directory, "rootfs"), hash) };
  } catch (error) {
    throw receiveError(error);
  }
}

function newParser(headers: IncomingHttpHeaders & { "content-type": string }): BusboyInstance {
  try {
    return new Busboy({ headers, limits: { parts: 16 }, isPartAFile: (field) => partName(field) !== undefined });
  } catch (error) {
    throw invalid(`the upload is no multipart message (${(error as Error).message})`, error);
  }
}

type PartName = "metadata" | "rootfs";

async function receiveParts(
  headers: IncomingHttpHeaders & { "content-type": string },
  body: Readable,
  directory: string,
  hash: Hash | undefined,
): Promise<{ metadata: string; rootfs: string }> {
  const order: PartName[] = [];
  const parts: Readable[] = [];
  const saved: Promise<string>[] = [];
  const parser = newParser(headers);
  parser.on("file", (field: string, part: Readable) => {
    const name = partName(field) ?? "rootfs";
    // A cut message makes the part and the parser fail more than once; the first failure is the one that counts.
    part.on("error", () => {});
    order.push(name);
    parts.push(part);
    // Small parts are here before the first is written: what is hashed comes in the order of the message all the same.
    const next = () => save(part, join(directory, name), hash);
    const saving = saved.at(-1)?.then(next, next) ?? next();
    // Whoever awaits it comes later; until then a failure is not "unhandled".
    saving.catch(() => {});
    saved.push(saving);
  });
  parser.on("error", () => {});
  try {
    await pipeline(body, parser);
  } catch (error) {
    for (const part of parts) part.destroy();
    await Promise.allSettled(saved);
    throw invalid(`the upload is no whole multipart message (${(error as Error).message})`, error);
  }
  const [metadata, rootfs] = await Promise.all(saved);
  if (order.join() !== "metadata,rootfs" || metadata === undefined || rootfs === undefined) {
    throw invalid(
      `an upload in parts must have "metadata" and then "rootfs"; it has: ${order.join(", ") || "neither"}`,
    );
  }
  return { metadata, rootfs };
}

function partName(field: string | undefined): PartName | undefined {
  if (field === "metadata") return "metadata";
  return field === "rootfs" || field === "rootfs.img" ? "rootfs" : undefined;
}

/**
 * Saves a stream, with holes where it is all zeros: most of a raw disk is. When writing fails the rest is read and dropped, so
 * that the client hears of it in an answer.
 */
async function save(from: Readable, path: string, hash: Hash | undefined): Promise<string> {
  try {
    await using file = await open(path, "wx", 0o600);
    let size = 0;
    for await (const piece of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      hash?.update(piece);
      if (!isZero(piece)) await writeAll(file, piece, size);
      size += piece.length;
    }
    await file.truncate(size);
    return path;
  } catch (error) {
    from.resume();
    throw error;
  }
}

/** A file system that is nearly full takes a part of what it is given, and says so only at the next write. */
async function writeAll(file: FileHandle, piece: Buffer, position: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    done += (await file.write(piece, done, piece.length - done, position + done)).bytesWritten;
  }
}

const zeros = Buffer.alloc(1 << 16);

function isZero(piece: Buffer): boolean {
  return piece.length <= zeros.length && piece.compare(zeros, 0, piece.length) === 0;
}

function receiveError(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new LodgeError({
      code: "pool_full",
      message: "The upload does not fit on the file system of LODGE_DIR; what had been received was removed.",
      cause: error,
    });
  }
  if (code === "EEXIST") return invalid("a part is there twice", error);
  if (code === "ECONNRESET") return invalid("the upload ended early", error);
  return error;
}

function invalid(detail: string, cause?: unknown): LodgeError {
  return new LodgeError({
    code: "image_invalid",
    message: `The image is refused: ${detail}. Nothing was kept.`,
    cause,
  });
}
