/**
 * Images in LXD's format: a metadata archive and a root file system (squashfs, tar, or a virtual machine's qcow2), or one
 * tar archive of both. Everything is read to its end before the image is taken.
 */
import { chmod, open, stat } from "node:fs/promises";
import type { InstanceType } from "@lodge/api";
import type { ImageFormat, ImageMetadata, StagedImage } from "@lodge/core";
import type { Logger } from "pino";
import { EntryRules, type ImageLimits } from "./entry-rules.ts";
import { type FileKind, fileKind, kindBytes } from "./file-kind.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { longestMetadata, parseMetadata } from "./metadata.ts";
import { checkQcow2 } from "./qcow2.ts";
import { refuse } from "./refuse.ts";
import { checkSquashfs } from "./squashfs.ts";
import { walkTar } from "./tar-archive.ts";

export interface ImageFormatOptions {
  readonly log: Logger;
}

export function createImageFormat({ log }: ImageFormatOptions): ImageFormat {
  return {
    async inspect({ metadata, rootfs }, signal): Promise<StagedImage> {
      const files = metadata === undefined ? [rootfs] : [metadata, rootfs];
      // The programs that read them run as nobody, on open files: the folder stays closed.
      for (const file of files) await chmod(file, 0o644);
      const described =
        metadata === undefined ? await inspectUnified(rootfs, signal) : await inspectSplit(metadata, rootfs, signal);
      const { fingerprint, size } = await fingerprintOf(files, signal);
      log.info({ fingerprint, type: described.type, size }, "image inspected");
      return {
        ...described,
        ...(metadata !== undefined && { metadataFile: metadata }),
        rootfsFile: rootfs,
        fingerprint,
        size,
      };
    },
  };
}

interface Described {
  readonly type: InstanceType;
  readonly metadata: ImageMetadata;
}

async function inspectSplit(metadataFile: string, rootfs: string, signal: AbortSignal): Promise<Described> {
  const kind = await kindOf(metadataFile);
  if (kind?.kind !== "tar") throw refuse("its metadata is no tar archive");
  const found: { metadata?: ImageMetadata } = {};
  const rules = new EntryRules({ entries: 10_000, bytes: 64 << 20 });
  await walkTar(
    metadataFile,
    kind.compression,
    rules,
    async (entry) => {
      if (entry.path === "metadata.yaml") found.metadata = parseMetadata(await textOf(entry));
    },
    signal,
  );
  if (!found.metadata) throw refuse("its metadata archive has no metadata.yaml");
  return { type: await inspectRoot(rootfs, signal), metadata: found.metadata };
}

async function inspectRoot(rootfs: string, signal: AbortSignal): Promise<InstanceType> {
  const kind = await kindOf(rootfs);
  if (kind?.kind === "qcow2") {
    await checkQcow2(rootfs, signal);
    return "virtual-machine";
  }
  const rules = new EntryRules(await limitsFor(rootfs));
  if (kind?.kind === "squashfs") await checkSquashfs(rootfs, rules, signal);
  else if (kind?.kind === "tar") await walkTar(rootfs, kind.compression, rules, () => {}, signal);
  else throw refuse("its root file system is neither a squashfs nor a tar archive nor a qcow2 disk");
  if (rules.entries < 2) throw refuse("its root file system is empty");
  return "container";
}

async function inspectUnified(file: string, signal: AbortSignal): Promise<Described> {
  const kind = await kindOf(file);
  if (kind?.kind !== "tar") throw refuse("it has no metadata: give its metadata archive as well");
  const found: { metadata?: ImageMetadata; root?: boolean } = {};
  await walkTar(
    file,
    kind.compression,
    new EntryRules(await limitsFor(file)),
    async (entry) => {
      if (entry.path === "metadata.yaml") found.metadata = parseMetadata(await textOf(entry));
      if (entry.path === "rootfs.img")
        throw refuse("it holds a disk in one archive with its metadata: give them apart");
      if (entry.path === "rootfs" && entry.type !== "directory") throw refuse("its rootfs is no folder");
      if (entry.path.startsWith("rootfs/")) found.root = true;
    },
    signal,
  );
  if (!found.metadata) throw refuse("it has no metadata.yaml");
  if (!found.root) throw refuse("it has no rootfs");
  return { type: "container", metadata: found.metadata };
}

async function kindOf(path: string): Promise<FileKind | undefined> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(kindBytes), 0, kindBytes, 0);
  return fileKind(buffer.subarray(0, bytesRead));
}

async function textOf(entry: { content(limit: number): Promise<Buffer> }): Promise<string> {
  return (await entry.content(longestMetadata)).toString("utf8");
}

/** A root unpacks to at most two hundred times its archive: more is no file system but a trap. */
async function limitsFor(archive: string): Promise<ImageLimits> {
  const { size } = await stat(archive);
  return { entries: 4_000_000, bytes: Math.max(1 << 30, size * 200) };
}
