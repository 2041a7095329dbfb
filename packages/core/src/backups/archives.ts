/**
 * The contract of what writes and reads backups.
 *
 * Terms. A backup is one stream: an *index*, which says what instance it is of, and the *states* of its root, those of its snapshots
 * first, the oldest of them at the front. Both ends are streams: neither here nor there is anything kept but what goes into a root.
 */
import type { Readable } from "node:stream";
import type { BackupCompression, BackupIndex } from "@lodge/api";
import type { PreparedRoot } from "../storage/pool.ts";

/** One state, as it is written to a backup. */
export interface BackupSource {
  /** Missing: the instance itself. */
  readonly snapshot?: string;
  /** A container's has the owners that the guest sees. */
  readonly root: PreparedRoot;
  /** The host's user who may read a disk. */
  readonly uid: number;
  /** Of an increment: the disk as it was in the state before. Only in what it differs from that is it written. */
  readonly since?: PreparedRoot;
}

export interface BackupWrite {
  /** What becomes `backup/index.yaml`. */
  readonly index: Readonly<Record<string, unknown>>;
  readonly compression: BackupCompression;
  /** Each is asked for when the one before it has been written, and closed by going on or by ending. */
  readonly sources: AsyncIterable<BackupSource>;
}

export interface BackupArchives {
  /** The stream of a backup. It fails when something cannot be read; destroyed, all that works for it ends. */
  write(request: BackupWrite): Readable;
  /** Reads as far as the index. `backup_invalid`. */
  read(stream: Readable): Promise<BackupReading>;
}

export interface BackupLimits {
  /** Bytes of files that a root may get, all states together. */
  readonly bytes: number;
}

/** A backup that is being read. */
export interface BackupReading extends AsyncDisposable {
  readonly index: BackupIndex;
  /**
   * The states one after the other; each must be written before the next is asked for. Ends when all has come that the index
   * speaks of and its checksums are right, and throws otherwise: `backup_invalid`.
   */
  states(limits: BackupLimits): AsyncIterable<BackupState>;
}

/** One state, as it is read from a backup. */
export interface BackupState {
  /** Missing: the instance itself. */
  readonly snapshot?: string;
  /** Bytes of a VM's disk. */
  readonly size?: number;
  /**
   * Writes it into a root, over what that holds: a directory with the owners that the guest sees, or a disk of at least that size. Of an
   * increment, the root holds the state before.
   * `uid`: the host's user who may write the disk. `pool_full`, `backup_invalid`.
   */
  writeTo(root: PreparedRoot, uid: number): Promise<void>;
}
