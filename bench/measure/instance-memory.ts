/** The memory of a Lodge's instances as the kernel tells it, and the memory of the host that they are to share. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InstanceType } from "@lodge/api";
import { cgroupMounts } from "./control-groups.ts";
import { guestMemory } from "./guest-memory.ts";

/** The names of the files that the two versions have for the same. */
const files = {
  1: { used: "memory.usage_in_bytes", limit: "memory.limit_in_bytes", none: "-1", kills: "memory.oom_control" },
  2: { used: "memory.current", limit: "memory.max", none: "max", kills: "memory.events" },
} as const;

export class InstanceMemory {
  readonly #top: string;
  readonly #version: 1 | 2;

  /** `group`: of all instances of one daemon, at the top of the hierarchy. */
  constructor(group: string) {
    const mount = cgroupMounts().find(({ version, controllers }) => version === 2 || controllers.includes("memory"));
    if (!mount) throw new Error("no control groups of memory are mounted");
    this.#top = join(mount.path, group);
    this.#version = mount.version;
  }

  /** All of them together may have so many bytes, as on a host that has no more; undefined: what there is. */
  limit(bytes: number | undefined): void {
    const { limit, none } = files[this.#version];
    writeFileSync(join(this.#top, limit), String(bytes ?? none), { flag: "r+" });
  }

  /** Bytes of what its limit bounds: of a virtual machine, the guest's memory that the host holds. 0 when it does not run. */
  used(id: string, type: InstanceType): number {
    if (type === "container") return Number(this.#read(id, files[this.#version].used));
    const pids = this.#read(id, "cgroup.procs").split("\n").filter(Boolean);
    return pids.reduce((sum, pid) => sum + guestMemory(readIfThere(`/proc/${pid}/smaps`)), 0);
  }

  /** Processes that the kernel has killed in it for want of memory. */
  kills(id: string): number {
    return Number(/^oom_kill (\d+)/m.exec(this.#read(id, files[this.#version].kills))?.[1] ?? 0);
  }

  /** Has the kernel drop what it keeps of files for it. */
  dropCaches(id: string): void {
    const [file, value] =
      this.#version === 1 ? ["memory.force_empty", "0"] : ["memory.reclaim", this.#read(id, "memory.current").trim()];
    try {
      writeFileSync(join(this.#top, id, file), value, { flag: "r+" });
    } catch {
      // It cannot drop all of it, and has dropped what it could.
    }
  }

  #read(id: string, file: string): string {
    return readIfThere(join(this.#top, id, file));
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
