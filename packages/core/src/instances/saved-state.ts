/**
 * Kept states, in the contract of a driver of instances.
 *
 * Terms. A *state* is what a run holds beyond its disks: memory, processors, devices. It belongs to one moment, and so does the
 * disk that goes with it: the two are kept while the guest stands still. A run *resumes* from a state as the same machine, or as a
 * *fork*: another machine with the same past.
 */
import type { Progress } from "../storage/pool.ts";
import type { InstanceId, InstanceIdentity, InstanceSpec } from "./driver.ts";

export interface StateRequest {
  /** An empty directory of root's. The driver makes what its processes need there; after a failure the caller removes it. */
  readonly directory: string;
  /**
   * `copy`: memory and devices in one stream, which a resuming run reads as a whole. `shared`: any number of runs have the memory at
   * once, each writing to copies of its own; no run can change it. It is in the host's memory from the first of them on, see
   * `letGoOfState`. `momentary`: as `shared`, and gone with the daemon.
   */
  readonly form: "copy" | "shared" | "momentary";
  /**
   * Keeps the disks, while the guest stands still: between it and the state nothing is written. When it throws, the guest goes on as
   * if nothing had been asked.
   */
  readonly still: () => Promise<void>;
  /** What becomes of the run when its state is whole: it goes on, or it ends (as `kill`, and `exited` follows). */
  readonly afterwards: "run" | "end";
  /**
   * With `end`: notes, for good, that the state counts. Called when all of it is on disk, while the guest still stands still: whoever
   * dies from then on, the run is over and the state is what is left of it. When it throws, the guest goes on.
   */
  readonly whole?: (kept: KeptState) => Promise<void>;
}

/** What a state was, and what it took. */
export interface KeptState {
  /** Bytes on disk. */
  readonly size: number;
  /** Milliseconds for which the guest stood still. */
  readonly stoodStill: number;
}

/** How a run begins from a state instead of from its firmware or init. */
export interface Resumption {
  /** A whole state's. Read, never changed. */
  readonly directory: string;
  /**
   * `fork`: nothing of the state's own network, name or address reaches the outside; see `Forks`. A fork may have more CPUs and memory than
   * its state, where that was given room.
   */
  readonly as: "same" | "fork";
  /**
   * Notes, for good, that the run has begun. Called when the state is loaded, before the guest runs: until then nothing has changed,
   * from then on the disk goes its own way. When it throws, the guest never runs.
   */
  readonly loaded?: () => Promise<void>;
}

/** What a state is kept for. What lies outside the root and is written to goes on after a snapshot or a fork, and only then. */
export type StateUse = "stop" | "snapshot" | "fork";

/**
 * Of drivers that keep the states of what they run. A run resumes by `start`, with `resume` in its specification; a state that cannot
 * be loaded is `state_unusable`. At `reconcile`, a guest goes on that stands still because the daemon died in the middle of either; one
 * whose run is not to be is not named there.
 *
 * The guest stands still between the end of the copying and the end of `still`. A pool that is asked for a snapshot or a copy of
 * a live root prepares what it can before it asks that root to hold still: so the live root to give it is one whose `still` is a
 * `saveState` with the pool's work as `still`.
 */
export interface SavedStates {
  /** Why this run's state cannot be kept, as the end of a sentence ("it has a shared directory"); undefined when it can. */
  stateRefusal(id: InstanceId, use: StateUse): Promise<string | undefined>;
  /**
   * Keeps a running or paused instance's state. Resolves when all of it is on disk. A failure or an abort leaves the guest running.
   * `instance_wrong_state`, `state_unsupported`, `pool_full`.
   */
  saveState(id: InstanceId, request: StateRequest, progress: Progress, signal: AbortSignal): Promise<KeptState>;
  /**
   * Frees what the driver holds in the host's memory of a shared state. Runs that began from it keep what they have; a later one reads
   * it anew, and of a momentary state there is none. Idempotent; before the directory is removed.
   */
  letGoOfState(directory: string): Promise<void>;
}

/** Of drivers that make a resumed fork a machine of its own. */
export interface Forks {
  /**
   * Makes a run ready whose state is about to be kept for many forks, and which is nobody's: what is the same for all of them is done
   * once, and what they will need is at hand. A guest in which that fails is forked all the same. `memory`: bytes that most of its forks are
   * to have; where it can, it has them already, beside what its forks have at least.
   */
  prepareForks(id: InstanceId, memory: number): Promise<void>;
  /**
   * Gives a run that was resumed as a fork what makes it itself, before anything of the user's sees the difference: name, machine-id,
   * addresses of its nics, SSH host keys, clock, fresh randomness in the kernel, and all of its CPUs and memory. Ends the run and throws when the guest cannot be
   * told. Its nics are silent until then.
   */
  personalize(identity: InstanceIdentity, signal: AbortSignal): Promise<void>;
}

/** Of drivers that bring a fork so far ahead of time that only its guest is still to run. */
export interface HeldForks {
  /**
   * Makes ready what `start` with the same identity, root, nics and `resume` goes on with; name, project, limits and what is plugged may be
   * others by then. Resolves when it has its state. Its guest does not run, and nothing of it is connected: the taps of its nics
   * are its own, see `Foresight`, and `prepare` says so. Whatever does not fit then is begun anew. `exited` when it ends before;
   * `release` ends it, and so does `reconcile`. Throws as `start` does; the caller releases after a failure.
   */
  hold(spec: InstanceSpec, signal: AbortSignal): Promise<void>;
}
