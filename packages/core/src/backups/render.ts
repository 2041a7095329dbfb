import { type InstanceBackup, zeroTime } from "@lodge/api";
import type { BackupRecord } from "../store.ts";

/** A backup that is kept, as the wire shows it. */
export function renderBackup({ name, createdAt, expiresAt, instanceOnly, optimized }: BackupRecord): InstanceBackup {
  return {
    name,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? zeroTime,
    instance_only: instanceOnly,
    container_only: instanceOnly,
    optimized_storage: optimized,
  };
}
