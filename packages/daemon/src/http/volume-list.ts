import type { StorageVolume } from "@lodge/api";
import { parseFilter } from "./filter.ts";
import { volumeUrlOf } from "./volume-url.ts";

/**
 * Volumes and their snapshots as LXD lists them: by type, then by name. Filters may ask for `snapshot`, which is `true` of a snapshot and
 * `false` of a volume.
 */
export function volumeList(
  volumes: readonly StorageVolume[],
  { recursion, filter }: { readonly recursion: number; readonly filter: string },
): string[] | StorageVolume[] {
  const passes = parseFilter(filter);
  const shown = volumes
    .filter((volume) => passes({ ...volume, snapshot: volume.name.includes("/") }))
    .toSorted((one, other) => compare(one.type, other.type) || compare(one.name, other.name));
  return recursion === 0 ? shown.map(volumeUrlOf) : shown;
}

/** Byte by byte, not as a language sorts: of one order everywhere. */
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
