import { type BackupCompression, type BackupCreate, LodgeError, nextName, snapshotNameSchema } from "@lodge/api";
import type { BackupOwner, BackupRow, BackupSubject } from "./subject.ts";

export const nextBackupName = (taken: readonly string[]): string => nextName("backup%d", taken);

export const compressionOf = ({ compression_algorithm }: BackupCreate): BackupCompression =>
  compression_algorithm || "zstd";

/** Refuses a name that is none, or another backup's. */
export function checkBackupName<Owner extends BackupOwner>(
  { call }: { call(owner: Owner): string },
  owner: Owner,
  name: string,
  others: readonly BackupRow[],
): void {
  const parsed = snapshotNameSchema.safeParse(name);
  if (!parsed.success) {
    throw new LodgeError({
      code: "request_invalid",
      message: `Backup name "${name}" (${call(owner)}) ${parsed.error.issues[0]?.message ?? "is invalid"}.`,
    });
  }
  if (others.some((other) => other.name === name)) {
    throw new LodgeError({
      code: "backup_exists",
      message: `${call(owner)} has a backup "${name}" already; choose another name, or delete it.`,
    });
  }
}

/** Those that clients may see, the oldest first. */
export async function presentBackups<Owner extends BackupOwner, Row extends BackupRow>(
  { rows }: Pick<BackupSubject<never, Owner, Row, unknown>, "rows">,
  owner: Owner,
): Promise<Row[]> {
  return (await rows.of(owner.id)).filter(({ life }) => life === "present");
}

export async function findBackup<Owner extends BackupOwner, Row extends BackupRow>(
  subject: Pick<BackupSubject<never, Owner, Row, unknown>, "rows" | "call">,
  owner: Owner,
  name: string,
): Promise<Row> {
  const found = (await presentBackups(subject, owner)).find((backup) => backup.name === name);
  if (found) return found;
  throw new LodgeError({
    code: "backup_not_found",
    message: `${subject.call(owner)} has no backup "${name}".`,
  });
}
