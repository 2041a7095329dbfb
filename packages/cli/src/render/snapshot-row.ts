import type { InstanceSnapshot } from "@lodge/api";
import { formatBytes, formatTime } from "./units.ts";

export const snapshotHeadings = ["NAME", "TAKEN", "EXPIRES", "SIZE"] as const;

export function snapshotRow({ name, created_at, expires_at, size }: InstanceSnapshot): string[] {
  return [name, formatTime(created_at), formatTime(expires_at), size < 0 ? "" : formatBytes(size)];
}
