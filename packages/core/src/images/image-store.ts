/**
 * The contract for where images' files are kept, exactly as they were imported: what pools unpack and what an export
 * sends. An image is two files (metadata and root file system) or, when it is unified, one.
 */
import type { Staging } from "../services.ts";
import type { StagedImage } from "./source.ts";

export interface ImageStore {
  /** An empty directory for an upload or a build, on the same file system as the images. */
  stage(): Promise<Staging>;
  /** Moves the files out of their staging directory, durably and all or nothing. `image_exists` when they are there. */
  keep(staged: StagedImage): Promise<void>;
  /** Where the files of a kept image lie. `split`: the image has a metadata file of its own. */
  locate(fingerprint: string, split: boolean): { readonly metadata?: string; readonly rootfs: string };
  /** Idempotent. */
  remove(fingerprint: string): Promise<void>;
  /** At daemon start: removes the files of every image that is not named and whatever was being staged. */
  reconcile(fingerprints: readonly string[]): Promise<void>;
}
