import type { InstanceId, MemoryDemand } from "@lodge/core";
import { demandBetween, leastOf, momentAfter, stoodStill, type WorkMoment } from "./demand.ts";
import type { GroupMemory } from "./group-memory.ts";

/** Bytes above its target that a group may have before it is taken down to it again. */
const slack = 16 * 2 ** 20;

export interface GovernedGroupsOptions {
  readonly memory: GroupMemory;
  /** Milliseconds. */
  readonly clock: () => number;
  /** Whether the host has swap. */
  readonly swaps: () => boolean;
  /** Bytes. */
  readonly hostMemory: number;
}

/** The demand of groups, by what changed since it was asked for the last time. Their targets are on the host: the next daemon finds them. */
export class GovernedGroups {
  readonly #options: GovernedGroupsOptions;
  readonly #moments = new Map<InstanceId, WorkMoment>();
  readonly #keeping = new Set<InstanceId>();

  constructor(options: GovernedGroupsOptions) {
    this.#options = options;
  }

  /** Undefined when there is no such group. */
  async demand(id: InstanceId): Promise<MemoryDemand | undefined> {
    const { memory, clock, swaps } = this.#options;
    const before = this.#moments.get(id);
    const at = clock();
    const glance = await memory.glance(id);
    const same = glance && before && stoodStill(before, glance.cpu, glance.used);
    const reading = same ? before.reading : glance && (await memory.read(id));
    if (!reading) {
      this.forget(id);
      return undefined;
    }
    const now = momentAfter(before, at, reading);
    this.#moments.set(id, now);
    const most = await this.#most(id);
    const target = Math.min((await memory.ceiling(id)) ?? most, most);
    const demand = demandBetween(before, now, { target, most, swap: swaps(), rest: at - now.workedAt });
    if (demand.used > target + slack) void this.#keep(id, target).catch(() => undefined);
    return demand;
  }

  /** Returns what it may have now. */
  async setTarget(id: InstanceId, bytes: number): Promise<number> {
    const { memory, swaps } = this.#options;
    const [most, reading] = await Promise.all([this.#most(id), memory.read(id)]);
    const target = Math.max(bytes, reading ? leastOf(reading, swaps()) : 0);
    if (target < most) return memory.hold(id, target);
    await this.release(id);
    return most;
  }

  async release(id: InstanceId): Promise<void> {
    await this.#options.memory.release(id);
  }

  /** Of an instance that is gone. */
  forget(id: InstanceId): void {
    this.#moments.delete(id);
  }

  /** Where nothing else keeps it to its target: what it has beyond is taken again, as far as it can be taken. */
  async #keep(id: InstanceId, target: number): Promise<void> {
    if (this.#keeping.has(id)) return;
    this.#keeping.add(id);
    try {
      await this.#options.memory.hold(id, target);
    } finally {
      this.#keeping.delete(id);
    }
  }

  async #most(id: InstanceId): Promise<number> {
    const { memory, hostMemory } = this.#options;
    return Math.min((await memory.limit(id)) ?? hostMemory, hostMemory);
  }
}
