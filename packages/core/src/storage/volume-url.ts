import type { VolumeRecord } from "../store.ts";

export const volumeUrl = ({ pool, name }: Pick<VolumeRecord, "pool" | "name">): string =>
  `/1.0/storage-pools/${encodeURIComponent(pool)}/volumes/custom/${encodeURIComponent(name)}`;
