/**
 * The contracts for where images come from: built on this host from a definition, or given as files: in LXD's format
 * (metadata archive + root file system, or one archive of both), or as a bare disk or root file system.
 */
import type { ImageCompression, ImageFormatName, InstanceType, MetadataTemplate } from "@lodge/api";
import type { PreparedRoot, Progress } from "../storage/pool.ts";

/** Files that instances are given when they start. */
export interface ImageTemplates {
  /** By the path of the file. */
  readonly entries: Readonly<Record<string, MetadataTemplate>>;
  /** Templates, by their names. */
  readonly files: Readonly<Record<string, string>>;
}

/** What an image's own `metadata.yaml` says, checked. */
export interface ImageMetadata {
  readonly architecture: string;
  /** Seconds since 1970. */
  readonly creationDate: number;
  readonly expiryDate?: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly templates?: ImageTemplates;
}

/** An image's files in a staging directory; the owner of that directory removes it. */
export interface StagedImage {
  readonly type: InstanceType;
  /** Metadata archive of a split image; missing for a unified one. */
  readonly metadataFile?: string;
  /** Root file system, or the unified archive. */
  readonly rootfsFile: string;
  /** SHA-256 over metadata ‖ rootfs, as LXD computes it. */
  readonly fingerprint: string;
  readonly size: number;
  readonly metadata: ImageMetadata;
}

/** What an instance holds, to become an image. */
export interface PackRequest {
  /** Prepared, and not in use. A directory's owners are those that the guest sees. */
  readonly root: PreparedRoot;
  /** The host's user as whom a disk can be read. */
  readonly uid: number;
  readonly metadata: ImageMetadata;
  /** An empty directory for the result. */
  readonly directory: string;
  /** Default: zstd. */
  readonly compression?: ImageCompression;
}

export interface ImagePacker {
  /** `pool_full`, `host_tool_missing`. What was written stays where it is on failure: the owner of the directory removes it. */
  pack(request: PackRequest, progress: Progress, signal: AbortSignal): Promise<StagedImage>;
}

export interface BuildProgress {
  /** What is being done, in words; shown to the user. */
  (step: string, percent?: number): void;
}

export interface BuildRequest {
  /** The definition's text. */
  readonly yaml: string;
  readonly types: readonly InstanceType[];
  /** An empty directory for results and scratch files. */
  readonly directory: string;
}

export interface ImageBuilder {
  /** Names of the definitions that come with Lodge, and their text. */
  definitions(): Promise<ReadonlyMap<string, string>>;
  /** `image_definition_invalid`, `mirror_unreachable`, `image_build_failed`, `host_tool_missing`, `pool_full`. */
  build(request: BuildRequest, progress: BuildProgress, signal: AbortSignal): Promise<readonly StagedImage[]>;
}

export type ImageDiskFormat = Exclude<ImageFormatName, "auto" | "rootfs">;

/** What was received, in a staging directory. */
export interface ImageUpload {
  /** Metadata archive of a split image. */
  readonly metadata?: string;
  /** Root file system, disk, or a unified archive. */
  readonly rootfs: string;
  /** Where results may be written: the files' own directory. */
  readonly directory: string;
  /** What `rootfs` is; `auto`: its content tells. */
  readonly format: ImageFormatName;
  /** What metadata are made of where there are none: as the user calls the file, what the user says of it, how old it is. */
  readonly filename: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly created?: Date;
}

export interface ImageFormat {
  /**
   * Checks the files of an upload completely (decompresses, walks every entry, checks disks' headers), converts foreign
   * disks to qcow2, makes metadata where there are none, and describes the result. Anything damaged, truncated, wrongly
   * typed, with paths out of its root or in need of another file: `image_invalid`.
   */
  accept(upload: ImageUpload, progress: BuildProgress, signal: AbortSignal): Promise<StagedImage>;
}
