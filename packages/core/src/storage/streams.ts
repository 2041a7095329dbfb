/**
 * Streams in the contract of a storage pool: of pools that hand containers' roots on in a form of their driver's own, which other pools of
 * the same form read (`info().streams`).
 *
 * Terms. A *state* of a root is what it holds, or held at a snapshot. Its stream has all of that, or that in which it differs from another
 * state, which its reader has then received before.
 */
import type { InstanceId } from "../instances/driver.ts";
import type { RootRequest } from "./pool.ts";
import type { SnapshotId } from "./snapshots.ts";

export interface RootState {
  readonly root: InstanceId;
  /** Missing: what it holds now. */
  readonly snapshot?: SnapshotId;
}

/** A state that can be read until it is disposed of, whatever becomes of its root. */
export interface SentState extends AsyncDisposable {
  readonly kind: "sent";
  /** How long the stream will be. Takes as long as to read all of it. */
  bytes(): Promise<number>;
  /** A piece is what it is until the next is asked for. */
  stream(): AsyncIterable<Buffer>;
}

/** Makes a root of streams. Disposed of before it is whole, it leaves nothing that `reconcile` does not remove. */
export interface RootReceiver extends AsyncDisposable {
  /**
   * The next state: each of the root's snapshots, the oldest first, and at last, without a name, the root itself. `pool_full`;
   * `backup_invalid` when it is no such stream, goes on from what has not come, or holds devices of the host.
   */
  take(stream: AsyncIterable<Buffer>, snapshot?: SnapshotId): Promise<void>;
}

export interface RootStreams {
  /** Nobody writes to the root, or what is sent is as after a power failure. `since`: only in what it differs from that. */
  send(state: RootState, since?: RootState): Promise<SentState>;
  /** A root of a container that is not there yet, and stands on no image. */
  receive(request: RootRequest): RootReceiver;
}
