/** What only the guest knows of its memory and file systems, as its agent reads it. What comes is not to be believed: figures and short names. */
import type { FileSystemMeasurement, MemoryFigure } from "@lodge/core";
import { type AgentCommands, connectGuestAgent } from "@lodge/qmp";
import { readGuestFile } from "./read-guest-file.ts";

export interface GuestFigures {
  /** Bytes. */
  readonly memory: Readonly<Partial<Record<MemoryFigure, number>>>;
  readonly fileSystems: readonly FileSystemMeasurement[];
}

/** File systems that are told, and characters of their names: who makes more in his guest shall not fill the scraper. */
const [mostFileSystems, longestName] = [32, 128];

/** Milliseconds for each answer. Others who need the agent wait meanwhile, so it is left at once where there is none. */
const timeout = 1_500;

/**
 * By a connection of its own, at the socket of the guest's agent. Starts no program in the guest. Throws when the agent does not answer,
 * and while its file systems are frozen.
 */
export async function askGuestFigures(path: string): Promise<GuestFigures> {
  using agent = await connectGuestAgent({ path, timeout });
  const meminfo = await readGuestFile(agent, "/proc/meminfo");
  if (meminfo === undefined) throw new Error("the guest's agent does not say what memory there is");
  const seen = await agent.execute("guest-get-fsinfo").catch(() => []);
  return { memory: parseGuestMeminfo(meminfo), fileSystems: guestFileSystems(seen) };
}

const figures: readonly (readonly [MemoryFigure, string])[] = [
  ["Active_anon", "Active(anon)"],
  ["Active_file", "Active(file)"],
  ["Active", "Active"],
  ["Cached", "Cached"],
  ["Dirty", "Dirty"],
  ["Inactive_anon", "Inactive(anon)"],
  ["Inactive_file", "Inactive(file)"],
  ["Inactive", "Inactive"],
  ["Mapped", "Mapped"],
  ["MemAvailable", "MemAvailable"],
  ["MemFree", "MemFree"],
  ["MemTotal", "MemTotal"],
  ["RSS", "AnonPages"],
  ["Shmem", "Shmem"],
  ["Unevictable", "Unevictable"],
  ["Writeback", "Writeback"],
];

/** As LXD's agent tells it, by the names of /proc/meminfo. */
export function parseGuestMeminfo(text: string): GuestFigures["memory"] {
  const values = new Map(
    Array.from(text.matchAll(/^([A-Za-z_()]+):\s+(\d{1,12})(?: kB)?$/gm), ([, key = "", value]) => [
      key,
      Number(value),
    ]),
  );
  const bytes = (key: string) => (values.get(key) ?? 0) * 1024;
  const known = figures.flatMap(([figure, key]) => (values.has(key) ? [[figure, bytes(key)] as const] : []));
  const page = bytes("Hugepagesize");
  return {
    ...Object.fromEntries(known),
    ...(values.has("SwapTotal") && { Swap: Math.max(0, bytes("SwapTotal") - bytes("SwapFree")) }),
    ...(page > 0 && {
      HugepagesFree: (values.get("HugePages_Free") ?? 0) * page,
      HugepagesTotal: (values.get("HugePages_Total") ?? 0) * page,
    }),
  };
}

/** Those of which the room is known; each mount point once. */
export function guestFileSystems(seen: AgentCommands["guest-get-fsinfo"]["result"]): FileSystemMeasurement[] {
  const places = new Set<string>();
  return seen
    .flatMap(({ name, mountpoint, type, "used-bytes": used, "total-bytes": size }) => {
      const words = [name, mountpoint, type];
      if (used === undefined || size === undefined || places.has(mountpoint)) return [];
      if (!words.every((word) => typeof word === "string" && word.length <= longestName)) return [];
      if (!(used >= 0 && size >= used)) return [];
      places.add(mountpoint);
      return [{ device: name, type, mountpoint, size, free: size - used, available: size - used }];
    })
    .slice(0, mostFileSystems);
}
