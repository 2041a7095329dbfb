/** Files of this machine that are sent to the daemon as images. */
import { createReadStream, type ReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import type { ImageFormatName } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { ImageUpload } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { formatBytes } from "./render/units.ts";
import { paintFor } from "./terminal/colour.ts";
import { Progress } from "./terminal/progress.ts";

export interface Upload extends ImageUpload {
  readonly content: ReadStream;
  /** What its first bytes say it is, as far as the order of two files depends on it. */
  readonly kind: "disk" | "squashfs" | "archive";
  readonly size: number;
  readonly modified: Date;
}

const kinds: Readonly<Record<string, "disk" | "squashfs">> = {
  "QFI\xfb": "disk",
  KDMV: "disk",
  vhdx: "disk",
  hsqs: "squashfs",
};

export async function openUpload(path: string, format: ImageFormatName): Promise<Upload> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new LodgeError({ code: "file_not_found", message: `${path} cannot be read here: ${cause.message}.`, cause });
  });
  await using _ = file;
  if (format === "auto" && (await textAt(file, 0x8001, 5)) === "CD001") throw isMedium(path);
  const { size, mtime } = await file.stat();
  return {
    filename: basename(path),
    content: createReadStream(path, { highWaterMark: 1 << 20 }),
    kind: kinds[await textAt(file, 0, 4)] ?? "archive",
    size,
    modified: mtime,
  };
}

async function textAt(file: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString("latin1", 0, bytesRead);
}

/** Before all of it is sent for nothing. */
function isMedium(path: string): LodgeError {
  return new LodgeError({
    code: "image_invalid",
    message: `${path} is a medium to install from (an ISO), not an image: start a virtual machine with it (\`lodge launch ${path} NAME --vm\`).`,
  });
}

/** Shows how much of the files has been read while they are sent. */
export async function sending<T>(context: Context, uploads: readonly Upload[], send: () => Promise<T>): Promise<T> {
  const { stderr, env } = context.surroundings;
  if (context.globals.quiet || !stderr.isTTY) return send();
  const progress = new Progress(stderr, paintFor(stderr, env));
  const total = uploads.reduce((sum, { size }) => sum + size, 0);
  const show = () => {
    const sent = uploads.reduce((sum, { content }) => sum + content.bytesRead, 0);
    progress.update(`Sending ${formatBytes(sent)} of ${formatBytes(total)}`);
  };
  const timer = setInterval(show, 200);
  try {
    return await send();
  } finally {
    clearInterval(timer);
    progress.clear();
  }
}

export function closeUploads(uploads: readonly Upload[]): void {
  for (const { content } of uploads) content.destroy();
}
