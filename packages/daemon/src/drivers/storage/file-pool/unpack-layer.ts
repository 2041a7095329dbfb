import { lstat, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { ImageFiles, Progress } from "@lodge/core";
import { run } from "../../../system/run.ts";
import { type ArchiveFormat, archiveFormat, leastExpansion, signatureBytes, unpackCommand } from "./archive.ts";
import type { ImageLayout } from "./layout.ts";
import { writeRecord } from "./records.ts";
import { removeTree } from "./remove-tree.ts";
import type { ContainerKeeping } from "./roots.ts";
import { requireSpace } from "./space.ts";

/** Unpacks a container image's root file system into a layer. The caller removes the directory on failure. */
export async function unpackLayer(
  image: ImageFiles,
  layout: ImageLayout,
  trees: Pick<ContainerKeeping, "makeTree" | "placeTree">,
  progress: Progress,
  signal: AbortSignal,
) {
  const format = await readFormat(image);
  const { size } = await stat(image.rootfs);
  await requireSpace(
    layout.directory,
    size * leastExpansion(format),
    `Unpacking image ${image.fingerprint.slice(0, 12)}`,
  );
  const content = join(layout.directory, "content");
  await trees.makeTree(content);
  const [program, ...args] = unpackCommand(format, image.rootfs, content);
  await run(program, args, { timeout: 3_600_000, signal, code: "pool_failed" });
  progress(90);
  await trees.placeTree(await rootOf(content, image), layout.rootfs);
  await removeTree(content);
  await writeRecord(layout.record, { type: "container", virtualSize: 0 });
}

async function readFormat(image: ImageFiles): Promise<ArchiveFormat> {
  await using file = await open(image.rootfs, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(signatureBytes), 0, signatureBytes, 0);
  const format = archiveFormat(buffer.subarray(0, bytesRead));
  if (format) return format;
  throw invalid(image, "its root file system is neither a squashfs nor a tar archive");
}

/** A unified archive holds the root beside its metadata; a split one is the root. */
async function rootOf(content: string, image: ImageFiles): Promise<string> {
  const names = await readdir(content);
  const unified = names.includes("metadata.yaml") && names.includes("rootfs");
  const root = unified ? join(content, "rootfs") : content;
  // Not through a link: the archive would choose what becomes the layer.
  if (!(await lstat(root)).isDirectory()) throw invalid(image, "its rootfs is not a directory");
  if ((await readdir(root)).length === 0) throw invalid(image, "its root file system is empty");
  return root;
}

function invalid(image: ImageFiles, why: string): LodgeError {
  return new LodgeError({
    code: "image_invalid",
    message: `Image ${image.fingerprint.slice(0, 12)} cannot be unpacked: ${why}.`,
  });
}
