/**
 * Streams in the contract of a storage pool: of pools that hand containers' roots and volumes of files on in a form of their driver's own,
 * which other pools of the same form read (`info().streams`).
 *
 * Terms. A *state* of a root or a volume is what it holds, or held at a snapshot. Its stream has all of that, or that in which it differs
 * from another state, which its reader has then received before.
 */
import type { InstanceId } from "../instances/driver.ts";
import type { RootRequest } from "./pool.ts";
import type { SnapshotId } from "./snapshots.ts";
import type { VolumeId, VolumeRequest } from "./volumes.ts";

export interface RootState {
  readonly root: InstanceId;
  /** Missing: what it holds now. */
  readonly snapshot?: SnapshotId;
}

export interface VolumeState {
  readonly volume: VolumeId;
  /** Missing: what it holds now. */
  readonly snapshot?: SnapshotId;
}

/** A state that can be read until it is disposed of, whatever becomes of what it is of. */
export interface SentState extends AsyncDisposable {
  readonly kind: "sent";
  /** How long the stream will be. Takes as long as to read all of it. */
  bytes(): Promise<number>;
  /** A piece is what it is until the next is asked for. */
  stream(): AsyncIterable<Buffer>;
}

/** Makes a root or a volume of streams. Disposed of before that is whole, it leaves nothing that `reconcile` does not remove. */
export interface StateReceiver extends AsyncDisposable {
  /**
   * The next state: each of the snapshots, the oldest first, and at last, without a name, the root or volume itself. `pool_full`;
   * `backup_invalid` when it is no such stream, goes on from what has not come, or holds devices of the host.
   */
  take(stream: AsyncIterable<Buffer>, snapshot?: SnapshotId): Promise<void>;
}

export interface StateStreams<State, Request> {
  /** Nobody writes to it, or what is sent is as after a power failure. `since`: only in what it differs from that. */
  send(state: State, since?: State): Promise<SentState>;
  /** Of what is not there yet. */
  receive(request: Request): StateReceiver;
}

/** Of containers. What is received stands on no image. */
export type RootStreams = StateStreams<RootState, RootRequest>;

/** Of volumes of files. What is received has no limit of its size yet. */
export interface VolumeStreams extends StateStreams<VolumeState, VolumeRequest> {
  /** Whether a volume and all of its snapshots can be sent: those that an older Lodge made cannot. */
  has(volume: VolumeId): Promise<boolean>;
}
