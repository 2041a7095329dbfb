import { join } from "node:path";
import { Lock } from "@lodge/core";
import { errorCode, ignoreGone, isGone, readControl, writeControl } from "../cgroup-tree.ts";
import type { CeilingFile } from "./ceilings.ts";
import type { MemoryGlance } from "./group-memory.ts";
import type { MemoryFiles } from "./held-memory.ts";
import { type MemoryReading, readingV2 } from "./reading.ts";

/** Bytes asked of the kernel at once: a thread of the daemon's waits for it, and there are few. */
const piece = 64 * 2 ** 20;
/** Bytes above what it uses at which a group is held that cannot be made smaller: below, it would be slowed down without end. */
const slack = 4 * 2 ** 20;
/** Milliseconds. */
const patience = 1_000;

/** `memory.reclaim` takes (before Linux 5.19 `memory.high` does), `memory.high` holds: a group at it is slowed down and reclaims by itself, and nothing is killed. */
export class MemoryFilesV2 implements MemoryFiles {
  readonly #path: (id: string) => string;
  readonly ceiling: CeilingFile = {
    read: (id) => this.#bound(id, "memory.high"),
    write: (id, bytes) => writeControl(join(this.#path(id), "memory.high"), bytes ?? "max").catch(ignoreGone),
  };
  /** One group after the other, see `piece`. */
  readonly #reclaiming = new Lock();

  constructor(path: (id: string) => string) {
    this.#path = path;
  }

  async glance(id: string): Promise<MemoryGlance | undefined> {
    const [current, cpu] = await Promise.all(["memory.current", "cpu.stat"].map((file) => this.#read(id, file)));
    if (current === undefined) return undefined;
    const { used, cpu: nanoseconds } = readingV2({ current, stat: undefined, pressure: undefined, cpu });
    return { used, cpu: nanoseconds };
  }

  async read(id: string): Promise<MemoryReading | undefined> {
    const files = ["memory.current", "memory.stat", "memory.pressure", "cpu.stat"];
    const [current, stat, pressure, cpu] = await Promise.all(files.map((file) => this.#read(id, file)));
    return current === undefined ? undefined : readingV2({ current, stat, pressure, cpu });
  }

  limit(id: string): Promise<number | undefined> {
    return this.#bound(id, "memory.max");
  }

  async take(
    id: string,
    bytes: number,
    hold: (ceiling: number) => Promise<void>,
    superseded: AbortSignal,
  ): Promise<number> {
    await this.#reclaim(id, bytes, superseded);
    const ceiling = Math.max(bytes, (await this.#used(id)) + slack);
    await hold(ceiling);
    return ceiling;
  }

  async #reclaim(id: string, bytes: number, superseded: AbortSignal): Promise<void> {
    const end = Date.now() + patience;
    for (;;) {
      const beyond = (await this.#used(id)) - bytes;
      if (beyond <= 0 || superseded.aborted || Date.now() > end) return;
      const amount = Math.min(beyond, piece);
      if (!(await this.#reclaiming.run(() => this.#take(id, amount)))) return;
    }
  }

  /** False: the kernel could not take all of it. */
  async #take(id: string, bytes: number): Promise<boolean> {
    try {
      await writeControl(join(this.#path(id), "memory.reclaim"), bytes);
      return true;
    } catch (error) {
      if (errorCode(error) === "EAGAIN" || errorCode(error) === "EINTR") return false;
      if (isGone(error)) return this.#press(id, bytes);
      throw error;
    }
  }

  /** As kernels before 5.19 can: while it is told of a lower `memory.high` it makes room for that. Who calls sets what is to stay. */
  async #press(id: string, bytes: number): Promise<boolean> {
    const used = await this.#used(id);
    await this.ceiling.write(id, Math.max(0, used - bytes));
    return (await this.#used(id)) <= used - bytes / 2;
  }

  async #bound(id: string, file: string): Promise<number | undefined> {
    const bound = (await this.#read(id, file)) ?? "max";
    return bound === "max" ? undefined : Number(bound);
  }

  async #used(id: string): Promise<number> {
    return Number((await this.#read(id, "memory.current")) ?? 0);
  }

  #read(id: string, file: string): Promise<string | undefined> {
    return readControl(join(this.#path(id), file));
  }
}
