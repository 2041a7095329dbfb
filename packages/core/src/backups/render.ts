import { type InstanceBackup, LodgeError, nextName, snapshotNameSchema, zeroTime } from "@lodge/api";
import { instanceUrl } from "../instances/dependencies.ts";
import type { BackupRecord, InstanceRecord, Store } from "../store.ts";

export function renderBackup({ name, createdAt, expiresAt, instanceOnly }: BackupRecord): InstanceBackup {
  return {
    name,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? zeroTime,
    instance_only: instanceOnly,
    container_only: instanceOnly,
    optimized_storage: false,
  };
}

export const backupUrl = (instance: string, name: string): string =>
  `${instanceUrl(instance)}/backups/${encodeURIComponent(name)}`;

export const nextBackupName = (taken: readonly string[]): string => nextName("backup%d", taken);

/** Refuses a name that is none, or another backup's. */
export function checkBackupName(owner: InstanceRecord, name: string, others: readonly BackupRecord[]): void {
  const parsed = snapshotNameSchema.safeParse(name);
  if (!parsed.success) {
    throw new LodgeError({
      code: "request_invalid",
      message: `Backup name "${name}" of instance ${owner.name} ${parsed.error.issues[0]?.message ?? "is invalid"}.`,
    });
  }
  if (others.some((other) => other.name === name)) {
    throw new LodgeError({
      code: "backup_exists",
      message: `Instance "${owner.name}" has a backup "${name}" already; choose another name, or delete it.`,
    });
  }
}

/** Those of an instance that clients may see, the oldest first. */
export async function presentBackups(
  store: Pick<Store, "backups">,
  { id }: Pick<InstanceRecord, "id">,
): Promise<BackupRecord[]> {
  return (await store.backups.of(id)).filter(({ life }) => life === "present");
}

export async function findBackup(
  store: Pick<Store, "backups">,
  owner: InstanceRecord,
  name: string,
): Promise<BackupRecord> {
  const found = (await presentBackups(store, owner)).find((backup) => backup.name === name);
  if (found) return found;
  throw new LodgeError({ code: "backup_not_found", message: `Instance "${owner.name}" has no backup "${name}".` });
}
