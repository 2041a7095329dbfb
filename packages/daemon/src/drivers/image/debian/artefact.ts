/** The two files of an image in LXD's split format, and their fingerprint. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceType } from "@lodge/api";
import type { ImageMetadata, StagedImage } from "@lodge/core";
import { fingerprintOf } from "../format/fingerprint.ts";
import { metadataArchive } from "../format/metadata-archive.ts";
import { runIsolated } from "./isolated.ts";

/** Makes the metadata archive beside a finished root file system file. */
export async function finishImage(
  type: InstanceType,
  rootfsFile: string,
  metadata: ImageMetadata,
  directory: string,
  signal: AbortSignal,
): Promise<StagedImage> {
  const archive = join(directory, "metadata.tar");
  await writeFile(archive, await metadataArchive(metadata));
  await runIsolated("xz", ["--force", archive], { step: "Compressing the metadata", signal, timeout: 60_000 });
  const metadataFile = `${archive}.xz`;
  const { fingerprint, size } = await fingerprintOf([metadataFile, rootfsFile], signal);
  return { type, metadataFile, rootfsFile, fingerprint, size, metadata };
}

export async function makeSquashfs(root: string, file: string, signal: AbortSignal): Promise<void> {
  const compression = ["-comp", "zstd", "-Xcompression-level", "3"];
  await runIsolated("mksquashfs", [root, file, "-noappend", "-no-progress", "-quiet", ...compression], {
    step: "Packing the root file system",
    signal,
    timeout: 600_000,
  });
}
