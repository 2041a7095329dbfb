/**
 * The contracts for where images come from: built on this host from a definition, or given as archives in LXD's
 * format (metadata archive + root file system, or one archive of both).
 */
import type { InstanceType } from "@lodge/api";

/** What an image's own `metadata.yaml` says, checked. */
export interface ImageMetadata {
  readonly architecture: string;
  /** Seconds since 1970. */
  readonly creationDate: number;
  readonly expiryDate?: number;
  readonly properties: Readonly<Record<string, string>>;
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

export interface ImageFormat {
  /**
   * Checks the files of an upload completely (decompresses, walks every entry, checks qcow2 headers) and describes
   * them. Anything damaged, truncated, wrongly typed or with paths out of its root: `image_invalid`.
   */
  inspect(files: { readonly metadata?: string; readonly rootfs: string }, signal: AbortSignal): Promise<StagedImage>;
}
