import { type CeilingFile, Ceilings } from "./ceilings.ts";
import type { GroupMemory } from "./group-memory.ts";
import { LatestWork } from "./latest-work.ts";

/** What v1 and v2 do each in its own way. */
export interface MemoryFiles extends Pick<GroupMemory, "glance" | "read" | "limit"> {
  /** What holds a group below its limit. */
  readonly ceiling: CeilingFile;
  /**
   * Takes from a group what it has beyond so many bytes, as far as the kernel can; calls `hold` with what it is to be held to, before it
   * takes or afterwards, and returns that. `superseded`: it is not wanted any more.
   */
  take(id: string, bytes: number, hold: (ceiling: number) => Promise<void>, superseded: AbortSignal): Promise<number>;
}

/** The memory of groups, by the files of their cgroup version: one work on a group at a time, and both who set its ceiling are heard. */
export class HeldMemory implements GroupMemory {
  readonly #files: MemoryFiles;
  readonly #ceilings: Ceilings;
  readonly #work = new LatestWork<string>();

  constructor(files: MemoryFiles) {
    this.#files = files;
    this.#ceilings = new Ceilings(files.ceiling);
  }

  glance(id: string): ReturnType<GroupMemory["glance"]> {
    return this.#files.glance(id);
  }

  read(id: string): ReturnType<GroupMemory["read"]> {
    return this.#files.read(id);
  }

  limit(id: string): Promise<number | undefined> {
    return this.#files.limit(id);
  }

  ceiling(id: string): Promise<number | undefined> {
    return this.#ceilings.held(id);
  }

  hold(id: string, bytes: number): Promise<number> {
    const hold = (ceiling: number) => this.#ceilings.hold(id, ceiling);
    return this.#work.run(id, (superseded) => this.#files.take(id, bytes, hold, superseded));
  }

  release(id: string): Promise<void> {
    return this.#work.run(id, () => this.#ceilings.release(id));
  }

  relimit<T>(id: string, soft: number | undefined, work: () => Promise<T>): Promise<T> {
    return this.#work.run(id, async () => {
      await this.#ceilings.keep(id);
      try {
        return await work();
      } finally {
        await this.#ceilings.own(id, soft);
      }
    });
  }

  adopt(id: string, soft: number | undefined): void {
    this.#ceilings.adopt(id, soft);
  }

  forget(id: string): void {
    this.#ceilings.forget(id);
  }
}
