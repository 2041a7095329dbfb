import type { MemoryReading } from "./reading.ts";

/** What changes fast, and is read at once. */
export interface MemoryGlance {
  /** Bytes. */
  readonly used: number;
  /** Nanoseconds of CPU time. */
  readonly cpu: number;
}

/** The memory of instances' groups, by their ids: read, taken, and given back. Nothing in a group is ever killed by it. */
export interface GroupMemory {
  /** Undefined when the group does not exist. */
  glance(id: string): Promise<MemoryGlance | undefined>;
  read(id: string): Promise<MemoryReading | undefined>;
  /** Of its configuration, in bytes; undefined: none. */
  limit(id: string): Promise<number | undefined>;
  /** Below what it is held now, in bytes; undefined: only by its limit, or nothing can be read of it. */
  ceiling(id: string): Promise<number | undefined>;
  /**
   * Lets the group have at most this many bytes for now, within its limit: takes at once what it has beyond, as far as the kernel can within
   * a second or so. Returns how much it may have now. Where the kernel has no ceiling that only slows down (v1), more than that can come
   * afterwards, up to the limit, and whoever wants to hold it asks again. A newer call ends one that is under way.
   */
  hold(id: string, bytes: number): Promise<number>;
  /** By its limit alone from now on. Idempotent; fine when the group does not exist. */
  release(id: string): Promise<void>;
  /**
   * Does work that gives the group other limits by its configuration, while no `hold` is under way, which changes limits for a moment. `soft`:
   * bytes of its soft limit from then on. What it is held to stays.
   */
  relimit<T>(id: string, soft: number | undefined, work: () => Promise<T>): Promise<T>;
  /** Tells the soft limit of a group that an earlier daemon made. */
  adopt(id: string, soft: number | undefined): void;
  /** Of a group that is removed. */
  forget(id: string): void;
}
