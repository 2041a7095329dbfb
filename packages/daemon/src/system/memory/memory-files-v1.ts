import { ignoreGone, readControl, writeControl } from "../cgroup-tree.ts";
import type { CeilingFile } from "./ceilings.ts";
import type { MemoryGlance } from "./group-memory.ts";
import type { MemoryFiles } from "./held-memory.ts";
import { lowerForAMoment } from "./lower-limit.ts";
import { type MemoryReading, readingV1, takeable } from "./reading.ts";

/** Bytes of files' contents that are not asked for: while its limit is low, the group finds some of its own to reclaim. */
const margin = 32 * 2 ** 20;
/** What the kernel says of groups without a limit is near 2 ** 63. */
const unlimited = 2 ** 62;
const none = -1;
const softLimit = "memory.soft_limit_in_bytes";

/**
 * v1 has neither a call that reclaims nor a ceiling that only slows down: `memory.limit_in_bytes` kills. But the kernel makes room before it
 * takes a lower limit, and refuses it (EBUSY) where it cannot: a limit is lowered for a moment, see lower-limit.ts, and between such moments
 * the group has its own limit, so that nothing in it dies by what others need. The host's own reclaim, and the next daemon, are told by the
 * soft limit.
 */
export class MemoryFilesV1 implements MemoryFiles {
  readonly #file: (controller: string, id: string, file: string) => string | undefined;
  readonly #swaps: () => boolean;
  readonly ceiling: CeilingFile = {
    read: async (id) => boundOf(await this.#read("memory", id, softLimit)),
    write: async (id, bytes) => {
      const file = this.#file("memory", id, softLimit);
      if (file) await writeControl(file, bytes ?? none).catch(ignoreGone);
    },
  };
  /** Limits that are lower for a moment. */
  readonly #lowered = new Map<string, string>();

  /** `file`: undefined where the controller is not mounted. `swaps`: the host has swap. */
  constructor(file: (controller: string, id: string, file: string) => string | undefined, swaps: () => boolean) {
    this.#file = file;
    this.#swaps = swaps;
  }

  async glance(id: string): Promise<MemoryGlance | undefined> {
    const [used, cpu] = await Promise.all([
      this.#read("memory", id, "memory.usage_in_bytes"),
      this.#read("cpuacct", id, "cpuacct.usage"),
    ]);
    return used === undefined ? undefined : { used: Number(used), cpu: Number(cpu ?? 0) };
  }

  async read(id: string): Promise<MemoryReading | undefined> {
    const [usage, stat, cpu] = await Promise.all([
      this.#read("memory", id, "memory.usage_in_bytes"),
      this.#read("memory", id, "memory.stat"),
      this.#read("cpuacct", id, "cpuacct.usage"),
    ]);
    return usage === undefined ? undefined : readingV1({ usage, stat, cpu });
  }

  /** Not what it is for a moment. */
  async limit(id: string): Promise<number | undefined> {
    const limit = this.#lowered.get(id) ?? (await this.#read("memory", id, "memory.limit_in_bytes"));
    return boundOf(limit);
  }

  async take(
    id: string,
    bytes: number,
    hold: (ceiling: number) => Promise<void>,
    superseded: AbortSignal,
  ): Promise<number> {
    const reading = await this.read(id);
    const used = reading?.used ?? 0;
    const least = reading ? used - takeable(reading, this.#swaps()) + margin : 0;
    // What cannot be taken it may have.
    const ceiling = Math.max(bytes, Math.min(least, used));
    await hold(ceiling);
    if (ceiling < used) await this.#lower(id, ceiling, superseded);
    return ceiling;
  }

  async #lower(id: string, low: number, superseded: AbortSignal): Promise<void> {
    const file = this.#file("memory", id, "memory.limit_in_bytes");
    const limit = file && (await readControl(file));
    if (!file || limit === undefined || Number(limit) <= low) return;
    this.#lowered.set(id, limit);
    try {
      await lowerForAMoment({ file, low, limit, superseded });
    } finally {
      this.#lowered.delete(id);
    }
  }

  async #read(controller: string, id: string, name: string): Promise<string | undefined> {
    const file = this.#file(controller, id, name);
    return file && readControl(file);
  }
}

const boundOf = (text: string | undefined): number | undefined =>
  text === undefined || Number(text) >= unlimited ? undefined : Number(text);
