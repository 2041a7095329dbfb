/** What a btrfs pool lies on, by its configuration. */
import type { Config } from "@lodge/api";

export type Place =
  /** A file in LODGE_DIR. */
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "device"; readonly path: string }
  /** A directory on a btrfs of the host. */
  | { readonly kind: "directory"; readonly path: string };

/** A directory is told from a device by where it is: what is missing now may be either. */
export function placeOf({ source }: Config, file: string): Place {
  if (source === undefined) return { kind: "file", path: file };
  return { kind: source.startsWith("/dev/") ? "device" : "directory", path: source };
}
