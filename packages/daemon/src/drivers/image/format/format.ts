/**
 * Brings what users have into LXD's format: a metadata archive and a root file system (squashfs, tar, or a virtual machine's
 * qcow2), or one tar archive of both. Everything is read to its end before the image is taken.
 */
import { chmod, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceType } from "@lodge/api";
import type { BuildProgress, ImageFormat, ImageMetadata, ImageUpload, StagedImage } from "@lodge/core";
import type { Logger } from "pino";
import { architectureOfSquashfs, inspectSquashfs, inspectTar } from "./container-root.ts";
import { takeDisk } from "./disk.ts";
import { EntryRules } from "./entry-rules.ts";
import { type FileKind, fileKind, kindBytes } from "./file-kind.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { madeMetadata } from "./made-metadata.ts";
import { longestMetadata, parseMetadata, TemplateFiles } from "./metadata.ts";
import { metadataArchive } from "./metadata-archive.ts";
import { refuse } from "./refuse.ts";
import { walkTar } from "./tar-archive.ts";

export interface ImageFormatOptions {
  readonly log: Logger;
  /** The kernel's name of this host's: `x86_64`. */
  readonly architecture: string;
  readonly now: () => Date;
}

export function createImageFormat({ log, architecture, now }: ImageFormatOptions): ImageFormat {
  return {
    async accept(upload, progress, signal): Promise<StagedImage> {
      // The programs that read them run as nobody, on open files: the folder stays closed.
      for (const file of [upload.metadata, upload.rootfs]) if (file !== undefined) await chmod(file, 0o644);
      const taken =
        upload.metadata === undefined
          ? await takeAlone(upload, progress, signal)
          : await takeSplit(upload, upload.metadata, progress, signal);
      const described = "metadata" in taken ? taken : await describe(taken, upload);
      const { metadataFile, rootfsFile } = described;
      const files = metadataFile === undefined ? [rootfsFile] : [metadataFile, rootfsFile];
      const { fingerprint, size } = await fingerprintOf(files, signal);
      log.info({ fingerprint, type: described.type, size }, "image inspected");
      return { ...described, fingerprint, size };
    },
  };

  /** For what has no metadata some are made. */
  async function describe(root: TakenRoot, upload: ImageUpload): Promise<Described> {
    const found = await root.architecture?.();
    const metadata = madeMetadata({
      filename: upload.filename,
      properties: upload.properties,
      created: upload.created ?? now(),
      ...(found !== undefined && { architecture: found }),
      hostArchitecture: architecture,
    });
    const metadataFile = join(upload.directory, "metadata.made");
    await writeFile(metadataFile, await metadataArchive(metadata), { flag: "wx" });
    return { type: root.type, rootfsFile: root.rootfsFile, metadataFile, metadata };
  }
}

interface TakenRoot {
  readonly type: InstanceType;
  readonly rootfsFile: string;
  /** As far as its content tells: for what has no metadata that say so. */
  readonly architecture?: () => Promise<string | undefined>;
}

type Described = Omit<StagedImage, "fingerprint" | "size">;

async function takeSplit(
  upload: ImageUpload,
  metadataFile: string,
  progress: BuildProgress,
  signal: AbortSignal,
): Promise<Described> {
  const metadata = await readMetadata(metadataFile, signal);
  const root = await takeRoot(upload, await chosenKind(upload), progress, signal);
  return { type: root.type, rootfsFile: root.rootfsFile, metadataFile, metadata };
}

async function readMetadata(metadataFile: string, signal: AbortSignal): Promise<ImageMetadata> {
  const kind = await kindOf(metadataFile);
  if (kind?.kind !== "tar") throw refuse("its metadata is no tar archive");
  const found: { metadata?: ImageMetadata } = {};
  const templates = new TemplateFiles();
  const rules = new EntryRules({ entries: 10_000, bytes: 64 << 20 });
  await walkTar(
    metadataFile,
    kind.compression,
    rules,
    async (entry) => {
      await templates.note(entry);
      if (entry.path !== "metadata.yaml") return;
      found.metadata = parseMetadata((await entry.content(longestMetadata)).toString("utf8"));
    },
    signal,
  );
  if (!found.metadata) throw refuse("its metadata archive has no metadata.yaml");
  return templates.of(found.metadata);
}

/** One file: LXD's unified image, or what becomes an image once metadata are made for it. */
async function takeAlone(
  upload: ImageUpload,
  progress: BuildProgress,
  signal: AbortSignal,
): Promise<Described | TakenRoot> {
  const kind = await chosenKind(upload);
  if (kind.kind !== "tar") return takeRoot(upload, kind, progress, signal);
  const { rootfs: rootfsFile, format } = upload;
  const { metadata, hasRootfs, survey } = await inspectTar(rootfsFile, kind.compression, signal);
  if (metadata && format !== "rootfs") {
    if (!hasRootfs) throw refuse("it has no rootfs: give the archive or disk with its root file system as well");
    return { type: "container", rootfsFile, metadata };
  }
  if (!survey.looksLikeRoot && format !== "rootfs")
    throw refuse(
      "its archive has neither metadata.yaml nor the folders of a root file system (usr, bin or etc at its top)",
    );
  return { type: "container", rootfsFile, architecture: async () => survey.architecture };
}

async function takeRoot(
  upload: ImageUpload,
  kind: FileKind,
  progress: BuildProgress,
  signal: AbortSignal,
): Promise<TakenRoot> {
  const { rootfs: path, directory } = upload;
  switch (kind.kind) {
    case "disk": {
      const disk = { path, format: kind.format, directory };
      return { type: "virtual-machine", rootfsFile: await takeDisk(disk, progress, signal) };
    }
    case "squashfs": {
      const programs = await inspectSquashfs(path, signal);
      return {
        type: "container",
        rootfsFile: path,
        architecture: () => architectureOfSquashfs(path, programs, signal),
      };
    }
    case "tar": {
      const { survey } = await inspectTar(path, kind.compression, signal);
      return { type: "container", rootfsFile: path, architecture: async () => survey.architecture };
    }
    case "iso":
      throw refuse(
        "it is a medium to install from and no system by itself: start a virtual machine with it " +
          `(\`lodge launch ${upload.filename || "FILE.iso"} NAME --vm\`)`,
      );
    case "refused":
      throw refuse(`it ${kind.why}`);
  }
}

/** What the user says it is, or else what its first bytes say. */
async function chosenKind({ rootfs, format }: ImageUpload): Promise<FileKind> {
  if (format === "raw") return { kind: "disk", format };
  const kind = await kindOf(rootfs);
  if (format !== "auto" && format !== "rootfs") return kind?.kind === "refused" ? kind : { kind: "disk", format };
  if (format === "rootfs" && kind?.kind !== "tar" && kind?.kind !== "squashfs")
    throw refuse("its root file system is neither a squashfs nor a tar archive");
  if (kind) return kind;
  throw refuse(
    "nothing in it tells what it is (a squashfs, a tar archive, a disk with partitions or a file system). " +
      "If it is a disk, bit by bit, say so with --format raw",
  );
}

async function kindOf(path: string): Promise<FileKind | undefined> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(kindBytes), 0, kindBytes, 0);
  return fileKind(buffer.subarray(0, bytesRead));
}
