import { LodgeError } from "@lodge/api/errors";
import type { InstanceId } from "../../instances/driver.ts";
import type { GovernedMemory, MemoryDemand } from "../governed.ts";

export interface FakeMemoryRun {
  /** Bytes without which it waits for memory. */
  works: number;
  /** Bytes that it would keep beyond these if it may: caches. */
  keeps: number;
  /** Missing: it may have `most`. */
  target?: number;
  readonly least: number;
  readonly most: number;
}

/** Instances whose need is told instead of measured. What they may not have is gone at once. */
export class FakeMemory implements GovernedMemory {
  readonly runs = new Map<InstanceId, FakeMemoryRun>();
  /** Every target that was set, in order. */
  readonly sets: { readonly id: InstanceId; readonly bytes: number }[] = [];
  readonly released: InstanceId[] = [];
  /** Measuring or moving these fails. */
  readonly broken = new Set<InstanceId>();

  run(id: InstanceId, run: Partial<FakeMemoryRun> & Pick<FakeMemoryRun, "works">): void {
    this.runs.set(id, { keeps: 0, least: 0, most: 2 ** 30, ...run });
  }

  async memoryDemand(id: InstanceId): Promise<MemoryDemand | undefined> {
    this.#mayFail(id);
    const run = this.runs.get(id);
    return run && demandOf(run);
  }

  async setMemoryTarget(id: InstanceId, bytes: number): Promise<number> {
    this.#mayFail(id);
    const run = this.runs.get(id);
    if (!run) throw new LodgeError({ code: "instance_wrong_state", message: `Instance ${id} does not run.` });
    this.sets.push({ id, bytes });
    run.target = Math.min(Math.max(bytes, run.least), run.most);
    return run.target;
  }

  async releaseMemoryTarget(id: InstanceId): Promise<void> {
    const run = this.runs.get(id);
    if (run?.target === undefined) return;
    delete run.target;
    this.released.push(id);
  }

  #mayFail(id: InstanceId): void {
    if (this.broken.has(id)) throw new Error(`nothing can be told of ${id}`);
  }
}

/** What an instance shows that works with so much, keeps so much more, and may have so much. */
export function demandOf({ works, keeps, target, least, most }: FakeMemoryRun): MemoryDemand {
  const may = target ?? most;
  const used = Math.min(works + keeps, may);
  const short = Math.max(0, works - may);
  return {
    ...{ used, workingSet: Math.min(works, used), target: may, least, most },
    ...{ pressure: works === 0 ? 0 : short / works, refaults: short / 4096 },
  };
}
