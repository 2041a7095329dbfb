import type { InstanceId } from "../instances/driver.ts";

/**
 * Of drivers whose instances' memory can be taken and given while they run. What an instance *may have* is its target: a bound that
 * the kernel or the guest keeps, and that is soft where a hard one would kill. No part of it is stored by the core: the next daemon
 * asks the driver again.
 */
export interface GovernedMemory {
  /** Undefined when it does not run. Asked for every instance each second: starts no process, waits for no guest. */
  memoryDemand(id: InstanceId): Promise<MemoryDemand | undefined>;
  /**
   * Moves what the run may have towards so many bytes: growth at once, shrinking as far as goes without harm, which may be less than
   * what was asked for and may go on after this returns. Never kills. Returns what it may have now. Idempotent. Of what does not run:
   * `instance_wrong_state`.
   */
  setMemoryTarget(id: InstanceId, bytes: number): Promise<number>;
  /** Back to what its configuration alone says. Idempotent, and nothing for what does not run. */
  releaseMemoryTarget(id: InstanceId): Promise<void>;
}

/** How much memory a run has, works with and could be given. Bytes, unless it says otherwise. */
export interface MemoryDemand {
  /** Of the host's memory, that it holds now, its page cache included; of a machine without what the host keeps of its disks. */
  readonly used: number;
  /**
   * Of what it may have, what it has filled. Missing: `used`. Another where an instance uses what its target does not bound, as a machine,
   * whose emulator needs memory, too.
   */
  readonly filled?: number;
  /**
   * Of `used`, what it was seen to work with lately, and what could not be taken from it without harm (anonymous memory without swap).
   * The rest is idle. What cannot be told counts as worked with. At most `used`.
   */
  readonly workingSet: number;
  /** Share of the last seconds in which something in it waited for memory, 0 to 1; 0 where it cannot be told. */
  readonly pressure: number;
  /** Pages a second that had been taken and were brought back; 0 where it cannot be told. */
  readonly refaults: number;
  /** What it may have now. Without a target: what its configuration or the host lets it have. */
  readonly target: number;
  /** Between these `setMemoryTarget` can move it. The same where nothing can be moved. */
  readonly least: number;
  readonly most: number;
  /** Seconds from when it is let have more until it has that, as a guest needs time to take it. Missing: 0. */
  readonly lead?: number;
}
