/**
 * The contract of what writes and reads backups.
 *
 * Terms. A backup is one stream: an *index*, which says what instance or volume it is of, and the *states* of what that holds, those of its
 * snapshots first, the oldest of them at the front. Both ends are streams: neither here nor there is anything kept but what goes into a
 * root or a volume.
 */
import type { Readable } from "node:stream";
import type { BackupCompression, BackupIndex, InstanceType } from "@lodge/api";
import type { DirectoryRoot, DiskRoot } from "../storage/pool.ts";
import type { SentState } from "../storage/streams.ts";

/** What a backup is of, and in what form: this decides where in it everything lies. `…-streams`: see `StateStreams`. */
export type BackupKind = InstanceType | "container-streams" | "directory-volume" | "disk-volume" | "volume-streams";

/** A machine's disk, and the host's user who may read and write it: guests are strangers, and so is what they wrote into the file. */
export interface OwnedDisk extends DiskRoot {
  readonly uid: number;
}

/** The bytes of a disk or an ISO as they are. */
export interface RawDisk {
  readonly kind: "raw";
  readonly path: string;
}

/** What a state is read from, or written to. A directory has the owners that the guest sees. */
export type BackupContent = DirectoryRoot | OwnedDisk | RawDisk;

/** Takes a state that is a stream. */
export interface StreamTarget {
  readonly kind: "stream";
  take(stream: AsyncIterable<Buffer>): Promise<void>;
}

/** One state, as it is written to a backup. */
export interface BackupSource {
  /** Missing: the instance or volume itself. */
  readonly snapshot?: string;
  readonly content: BackupContent | SentState;
  /** Of an increment: the disk as it was in the state before, for the same user. Only in what it differs from that is it written. */
  readonly since?: DiskRoot;
}

export interface BackupWrite {
  readonly of: BackupKind;
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
  /** Bytes of files that may come, all states together. */
  readonly bytes: number;
}

/** A backup that is being read. */
export interface BackupReading<Index extends BackupIndex = BackupIndex> extends AsyncDisposable {
  readonly index: Index;
  /**
   * The states one after the other; each must be written before the next is asked for. Ends when all has come that the index
   * speaks of and its checksums are right, and throws otherwise: `backup_invalid`.
   */
  states(limits: BackupLimits): AsyncIterable<BackupState>;
}

/** One state, as it is read from a backup. */
export interface BackupState {
  /** Missing: the instance or volume itself. */
  readonly snapshot?: string;
  /** Bytes of a disk. */
  readonly size?: number;
  /**
   * Writes it over what is there: a directory, or a disk of at least that size. Of an increment, that holds the state before. Of streams,
   * each goes to a target. `pool_full`, `backup_invalid`.
   */
  writeTo(content: BackupContent | StreamTarget): Promise<void>;
}
