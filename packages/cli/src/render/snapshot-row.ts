import type { InstanceSnapshot } from "@lodge/api";
import { formatBytes, formatTime } from "./units.ts";

export const snapshotHeadings = ["NAME", "TAKEN", "EXPIRES", "STATEFUL", "SIZE"] as const;

export function snapshotRow({ name, created_at, expires_at, stateful, size }: InstanceSnapshot): string[] {
  return [
    name,
    formatTime(created_at),
    formatTime(expires_at),
    stateful ? "yes" : "no",
    size < 0 ? "" : formatBytes(size),
  ];
}
