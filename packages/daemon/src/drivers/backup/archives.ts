/** Backups in LXD's layout: a tar archive, compressed or not, of an index and the roots of an instance and its snapshots. */
import type { BackupArchives } from "@lodge/core";
import { readBackup } from "./read-backup.ts";
import { writeBackup } from "./write-backup.ts";

export interface BackupArchivesOptions {
  /** Of root's alone, for sockets that are there for a moment: its path may not be long. */
  readonly directory: string;
}

export function createBackupArchives({ directory }: BackupArchivesOptions): BackupArchives {
  return {
    write: (request) => writeBackup({ ...request, directory }),
    read: (stream) => readBackup({ stream, directory }),
  };
}
