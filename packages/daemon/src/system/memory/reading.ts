/** What control files say of a group's memory at one moment. Pure: v1 and v2 write the same facts in different words. */
import { readFlatKeys } from "../cgroup-statistics.ts";

export interface MemoryReading {
  /** Bytes charged to the group and those below. */
  readonly used: number;
  /** Of these, what files hold as well and the kernel can drop: used more than once, and not. tmpfs is not among them. */
  readonly activeFile: number;
  readonly inactiveFile: number;
  /** Other bytes that nothing has touched for long; only swap can take them. */
  readonly inactiveAnon: number;
  /** Pages that were taken and came back, since the group was made. */
  readonly refaults: number;
  /** Microseconds in which something in it waited for memory, since the group was made. Missing: the kernel does not measure it. */
  readonly stalled?: number;
  /** Nanoseconds of CPU time, since the group was made. */
  readonly cpu: number;
}

/** The contents of control files; undefined: there is none. */
export type ControlFiles<Name extends string> = Readonly<Record<Name, string | undefined>>;

export function readingV2({
  current,
  stat,
  pressure,
  cpu,
}: ControlFiles<"current" | "stat" | "pressure" | "cpu">): MemoryReading {
  const memory = readFlatKeys(stat ?? "");
  const stalled = stalledIn(pressure);
  return {
    used: Number(current ?? 0),
    activeFile: memory.get("active_file") ?? 0,
    inactiveFile: memory.get("inactive_file") ?? 0,
    inactiveAnon: memory.get("inactive_anon") ?? 0,
    refaults: refaultsIn(memory, ""),
    ...(stalled !== undefined && { stalled }),
    cpu: (readFlatKeys(cpu ?? "").get("usage_usec") ?? 0) * 1_000,
  };
}

export function readingV1({ usage, stat, cpu }: ControlFiles<"usage" | "stat" | "cpu">): MemoryReading {
  const memory = readFlatKeys(stat ?? "");
  return {
    used: Number(usage ?? 0),
    activeFile: memory.get("total_active_file") ?? 0,
    inactiveFile: memory.get("total_inactive_file") ?? 0,
    inactiveAnon: memory.get("total_inactive_anon") ?? 0,
    refaults: refaultsIn(memory, "total_"),
    cpu: Number(cpu ?? 0),
  };
}

/** Microseconds of the line `some avg10=0.00 avg60=0.00 avg300=0.00 total=21683906` (Documentation/accounting/psi.rst). */
export function stalledIn(pressure: string | undefined): number | undefined {
  const total = /^some .*\btotal=(\d+)/m.exec(pressure ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

/** One number before Linux 5.9, two since. */
export function refaultsIn(stat: ReadonlyMap<string, number>, prefix: string): number {
  const of = (name: string) => stat.get(`${prefix}workingset_refault${name}`) ?? 0;
  return of("") + of("_anon") + of("_file");
}

/** Bytes that the kernel can take from the group; `swap`: it has somewhere to put what no file holds. */
export function takeable({ activeFile, inactiveFile, inactiveAnon }: MemoryReading, swap: boolean): number {
  return activeFile + inactiveFile + (swap ? inactiveAnon : 0);
}
