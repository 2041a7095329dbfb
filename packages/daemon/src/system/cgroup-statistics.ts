/** What control files say, as figures. Pure: v1 and v2 write the same facts in different words. */
import type { DiskMeasurement, MemoryFigure, Pressure, Waiting } from "@lodge/core";

/** What a group has used and uses, in more words than `CgroupUsage`. */
export interface CgroupStatistics {
  readonly cpuSeconds: { readonly user: number; readonly system: number };
  /** Bytes; what depends on a limit is not in it. */
  readonly memory: Readonly<Partial<Record<MemoryFigure, number>>>;
  /** Bytes in use. */
  readonly memoryBytes: number;
  /** Bytes that it may have; missing: no limit. */
  readonly memoryLimit?: number;
  readonly outOfMemoryKills?: number;
  readonly processes?: number;
  readonly pressure?: Pressure;
  /** Of block devices by their numbers, `8:0`. */
  readonly disks: readonly DiskMeasurement[];
}

/** What a group has used by now. */
export interface CgroupCounters {
  readonly cpuSeconds: number;
  /** Bytes, now. */
  readonly memoryUsed: number;
  /** Missing: no limit. */
  readonly memoryLimit?: number;
  readonly processes?: number;
  /** Of all block devices. Missing: nobody counts. */
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  readonly pressure?: Pressure;
}

type Figures = Readonly<Partial<Record<MemoryFigure, number>>>;

/** `key value` lines. */
export function readFlatKeys(text: string): ReadonlyMap<string, number> {
  const pairs = text.split("\n").map((line) => line.split(" "));
  return new Map(pairs.flatMap(([key, value]) => (key && value !== undefined ? [[key, Number(value)]] : [])));
}

const named = (values: ReadonlyMap<string, number>, names: Readonly<Partial<Record<MemoryFigure, string>>>): Figures =>
  Object.fromEntries(
    Object.entries(names).flatMap(([figure, name]) => {
      const value = values.get(name);
      return value === undefined ? [] : [[figure, value]];
    }),
  );

/** Of memory.stat. */
export function memoryFiguresV2(text: string): Figures {
  const figures = named(readFlatKeys(text), {
    ...{ Active_anon: "active_anon", Active_file: "active_file", Cached: "file", Dirty: "file_dirty" },
    ...{ Inactive_anon: "inactive_anon", Inactive_file: "inactive_file", Mapped: "file_mapped", RSS: "anon" },
    ...{ Shmem: "shmem", Unevictable: "unevictable", Writeback: "file_writeback" },
  });
  return withSums(figures);
}

/** Of memory.stat, with all groups below. */
export function memoryFiguresV1(text: string): Figures {
  const figures = named(readFlatKeys(text), {
    ...{ Active_anon: "total_active_anon", Active_file: "total_active_file", Cached: "total_cache" },
    ...{ Dirty: "total_dirty", Inactive_anon: "total_inactive_anon", Inactive_file: "total_inactive_file" },
    ...{ Mapped: "total_mapped_file", RSS: "total_rss", Shmem: "total_shmem", Swap: "total_swap" },
    ...{ Unevictable: "total_unevictable", Writeback: "total_writeback" },
  });
  return withSums(figures);
}

function withSums(figures: Figures): Figures {
  const sum = (anon: number | undefined, file: number | undefined) =>
    anon === undefined || file === undefined ? undefined : anon + file;
  const active = sum(figures.Active_anon, figures.Active_file);
  const inactive = sum(figures.Inactive_anon, figures.Inactive_file);
  return {
    ...figures,
    ...(active !== undefined && { Active: active }),
    ...(inactive !== undefined && { Inactive: inactive }),
  };
}

/** Of io.stat: `8:0 rbytes=4096 wbytes=0 rios=1 wios=0 …`. */
export function disksV2(text: string): DiskMeasurement[] {
  return text.split("\n").flatMap((line) => {
    const [device, ...pairs] = line.trim().split(" ");
    const values = new Map(pairs.map((pair) => pair.split("=") as [string, string]));
    const value = (key: string) => Number(values.get(key) ?? 0);
    if (!device || !/^\d+:\d+$/.test(device)) return [];
    const read = { bytesRead: value("rbytes"), reads: value("rios") };
    return [{ device, ...read, bytesWritten: value("wbytes"), writes: value("wios") }];
  });
}

/** Of blkio.throttle.io_service_bytes and …io_serviced: `8:0 Read 4096`. */
export function disksV1(bytes: string, operations: string): DiskMeasurement[] {
  const [byteValues, operationValues] = [bytes, operations].map(readBlkio);
  const devices = new Set([...(byteValues?.keys() ?? [])].map((key) => key.split(" ")[0] ?? ""));
  return [...devices].map((device) => ({
    device,
    bytesRead: byteValues?.get(`${device} Read`) ?? 0,
    reads: operationValues?.get(`${device} Read`) ?? 0,
    bytesWritten: byteValues?.get(`${device} Write`) ?? 0,
    writes: operationValues?.get(`${device} Write`) ?? 0,
  }));
}

function readBlkio(text: string): ReadonlyMap<string, number> {
  const matches = text.matchAll(/^(\d+:\d+) (Read|Write) (\d+)$/gm);
  return new Map(Array.from(matches, ([, device, kind, value]) => [`${device} ${kind}`, Number(value)]));
}

/** `oom_kill` of memory.events or memory.oom_control. */
export const outOfMemoryKills = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : readFlatKeys(text).get("oom_kill");

/** Bytes that went to and came from all block devices, of io.stat or of blkio.throttle.io_service_bytes. */
export function diskBytes(disks: readonly DiskMeasurement[]): Pick<CgroupCounters, "bytesRead" | "bytesWritten"> {
  let [bytesRead, bytesWritten] = [0, 0];
  for (const disk of disks) {
    bytesRead += disk.bytesRead;
    bytesWritten += disk.bytesWritten;
  }
  return { bytesRead, bytesWritten };
}

/** Of a file of pressure stall information: `some avg10=0.00 avg60=0.00 avg300=0.00 total=12345`, microseconds. */
export function waitingOf(text: string | undefined): Waiting | undefined {
  const total = (kind: string) => Number(new RegExp(`^${kind} .*total=(\\d+)$`, "m").exec(text ?? "")?.[1] ?? 0) / 1e6;
  return text?.startsWith("some ") ? { some: total("some"), full: total("full") } : undefined;
}

/** Of the three files of it; undefined where the kernel has none of them. */
export function pressureOf(read: (resource: keyof Pressure) => string | undefined): Pressure | undefined {
  const [cpu, memory, io] = (["cpu", "memory", "io"] as const).map((resource) => waitingOf(read(resource)));
  if (!cpu && !memory && !io) return undefined;
  return { ...(cpu && { cpu }), ...(memory && { memory }), ...(io && { io }) };
}
