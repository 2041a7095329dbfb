/** What a Linux guest says of its memory. Pure. It is not to be believed: whoever uses it keeps to what the host knows. */
import { readFlatKeys } from "../../../../system/cgroup-statistics.ts";
import { type MemoryReading, refaultsIn, stalledIn } from "../../../../system/memory/reading.ts";

/** Contents of the guest's files; undefined: it has none. */
export interface GuestFilesOfMemory {
  /** /proc/meminfo */
  readonly meminfo: string;
  /** /proc/vmstat */
  readonly vmstat: string | undefined;
  /** /proc/pressure/memory */
  readonly pressure: string | undefined;
}

export interface GuestReport extends Omit<MemoryReading, "cpu"> {
  /** Bytes that its kernel gives to programs and caches: less than the machine has. */
  readonly total: number;
  /** It has swap of its own. */
  readonly swap: boolean;
}

/** Undefined: the file makes no sense. */
export function guestReport({ meminfo, vmstat, pressure }: GuestFilesOfMemory): GuestReport | undefined {
  const kibibytes = new Map(
    Array.from(meminfo.matchAll(/^(\S+):\s+(\d+) kB$/gm), ([, key, value]) => [key, Number(value)]),
  );
  const bytes = (key: string) => (kibibytes.get(key) ?? 0) * 1024;
  const total = bytes("MemTotal");
  const free = bytes("MemFree");
  if (total === 0 || free > total) return undefined;
  const used = total - free;
  const stalled = stalledIn(pressure);
  const atMost = (value: number) => Math.min(value, used);
  return {
    ...{ total, used, swap: bytes("SwapTotal") > 0 },
    activeFile: atMost(bytes("Active(file)")),
    inactiveFile: atMost(bytes("Inactive(file)")),
    inactiveAnon: atMost(bytes("Inactive(anon)")),
    refaults: refaultsIn(readFlatKeys(vmstat ?? ""), ""),
    ...(stalled !== undefined && { stalled }),
  };
}
