/** Sends an image's files as LXD's export does: a unified image as one file, a split one as a multipart message. */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { InstanceType } from "@lodge/api";

export interface ImageExport {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

export interface ExportedFiles {
  readonly fingerprint: string;
  readonly type: InstanceType;
  readonly metadata?: string;
  readonly rootfs: string;
}

export async function exportImage(image: ExportedFiles): Promise<ImageExport> {
  return image.metadata === undefined ? exportUnified(image) : exportSplit(image, image.metadata);
}

async function exportUnified({ fingerprint, rootfs }: ExportedFiles): Promise<ImageExport> {
  const filename = `${fingerprint}${await suffixOf(rootfs)}`;
  return {
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String((await stat(rootfs)).size),
      "content-disposition": `inline;filename=${filename}`,
    },
    body: createReadStream(rootfs),
  };
}

async function exportSplit({ fingerprint, type, rootfs }: ExportedFiles, metadata: string): Promise<ImageExport> {
  const boundary = randomBytes(24).toString("hex");
  const parts = [
    { name: "metadata", path: metadata, filename: `meta-${fingerprint}${await suffixOf(metadata)}` },
    {
      name: type === "virtual-machine" ? "rootfs.img" : "rootfs",
      path: rootfs,
      filename: `${fingerprint}${await suffixOf(rootfs)}`,
    },
  ].map(({ name, path, filename }, i) => ({
    path,
    head: `${i > 0 ? "\r\n" : ""}--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  }));
  const tail = `\r\n--${boundary}--\r\n`;
  let length = tail.length;
  for (const { head, path } of parts) length += head.length + (await stat(path)).size;

  async function* message(): AsyncGenerator<Buffer> {
    for (const { head, path } of parts) {
      yield Buffer.from(head);
      yield* createReadStream(path);
    }
    yield Buffer.from(tail);
  }
  return {
    headers: { "content-type": `multipart/form-data; boundary=${boundary}`, "content-length": String(length) },
    body: Readable.from(message(), { objectMode: false }),
  };
}

const magics: readonly (readonly [string, string])[] = [
  ["fd377a585a00", ".tar.xz"],
  ["28b52ffd", ".tar.zst"],
  ["1f8b", ".tar.gz"],
  ["425a68", ".tar.bz2"],
  ["68737173", ".squashfs"],
  ["514649fb", ".qcow2"],
];

/** By the first bytes; a plain tar has none of these. */
async function suffixOf(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
  const start = buffer.subarray(0, bytesRead).toString("hex");
  return magics.find(([magic]) => start.startsWith(magic))?.[1] ?? ".tar";
}
