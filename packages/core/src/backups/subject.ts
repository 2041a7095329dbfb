/** What backups are of, in as far as all are treated alike: instances, and custom volumes. */
import type { BackupCreate } from "@lodge/api";
import type { OperationRequest } from "../operations/operation.ts";
import type { BackupTable, KeptBackup } from "../store.ts";
import type { BackupKind, BackupSource } from "./archives.ts";

export interface BackupOwner {
  readonly id: string;
  readonly name: string;
  readonly project: string;
}

export type BackupRow = KeptBackup & { readonly id: string };

/** What is read to make a backup of it: nothing writes to that meanwhile. */
export interface Opened {
  readonly of: BackupKind;
  readonly index: Readonly<Record<string, unknown>>;
  readonly sources: AsyncIterable<BackupSource>;
  /** To be called once, when nothing is read any more. */
  readonly end: () => void;
}

/** `Name`: what users call an owner; `Shown`: a backup as the wire shows it. */
export interface BackupSubject<Name, Owner extends BackupOwner, Row extends BackupRow, Shown> {
  readonly rows: BackupTable<Row, Owner["id"]>;
  /** What the names of events begin with. */
  readonly event: "instance-backup" | "storage-volume-backup";
  /** `instance_not_found`, `volume_not_found`. */
  find(name: Name): Promise<Owner>;
  /** In messages: `Instance "web"`. */
  call(owner: Owner): string;
  url(owner: Owner): string;
  /** What an operation on a backup is about. */
  resources(owner: Owner, backup: string): OperationRequest["resources"];
  show(row: Row): Shown;
  /** The row of one that is to be made. Refuses what cannot be kept. The caller holds `choosing`. */
  begin(owner: Owner, request: BackupCreate, kept: Omit<KeptBackup, "pool">): Promise<Row>;
  /** Puts by what the owner holds at this moment, and says in the row what that is. */
  keep(owner: Owner, row: Row): Promise<Row>;
  /** Removes what was put by. Idempotent. */
  drop(row: Row): Promise<void>;
  /** What was put by, to be read. */
  open(owner: Owner, row: Row): Opened;
  /** The owner as it is at this moment, to be read. */
  take(owner: Owner, request: BackupCreate): Promise<Opened>;
}
