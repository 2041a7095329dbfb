import { availableParallelism, machine } from "node:os";
import { join } from "node:path";
import type { CpuSocket, Resources } from "@lodge/api";
import { namesIn, readNumber, readText } from "../sys-files.ts";
import { parseRanges } from "./ranges.ts";

type Core = CpuSocket["cores"][number];
type Cache = CpuSocket["cache"][number];

/** One processor as the kernel counts them, and where it is. */
interface Placed {
  readonly socket: number;
  readonly core: number;
  readonly die: number;
  /** MHz. */
  readonly frequency: number;
  readonly least: number;
  readonly most: number;
  readonly name: string;
  readonly vendor: string;
  readonly caches: readonly (Cache & { readonly shared: string })[];
  readonly thread: Omit<Core["threads"][number], "thread">;
}

export async function readCpus(sys = "/sys", proc = "/proc"): Promise<Resources["cpu"]> {
  const root = join(sys, "devices/system/cpu");
  const [names, isolated, texts] = await Promise.all([
    namesIn(root),
    readText(join(root, "isolated")),
    readText(join(proc, "cpuinfo")),
  ]);
  const descriptions = parseCpuinfo(texts);
  const isIsolated = new Set(parseRanges(isolated));
  const numbers = names.flatMap((name) => /^cpu(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  const placed = await Promise.all(
    numbers.map((id) => readProcessor(join(root, `cpu${id}`), id, descriptions.get(id) ?? {}, isIsolated.has(id))),
  );
  const sockets = [...Map.groupBy(placed, ({ socket }) => socket)].map(([socket, own]) => joined(socket, own));
  return { architecture: machine(), sockets, total: placed.length || availableParallelism() };
}

async function readProcessor(
  directory: string,
  id: number,
  described: Readonly<Record<string, string>>,
  isolated: boolean,
): Promise<Placed> {
  const topology = (file: string) => readText(join(directory, "topology", file)).then(atLeastZero);
  const megahertz = (file: string) =>
    readNumber(join(directory, "cpufreq", file)).then((khz) => Math.round(khz / 1000));
  const [socket, core, die, now, least, most, online, nodes, caches] = await Promise.all([
    topology("physical_package_id"),
    topology("core_id"),
    topology("die_id"),
    megahertz("scaling_cur_freq"),
    megahertz("cpuinfo_min_freq"),
    megahertz("cpuinfo_max_freq"),
    readText(join(directory, "online")),
    namesIn(directory),
    readCaches(join(directory, "cache")),
  ]);
  const node = nodes.map((name) => /^node(\d+)$/.exec(name)?.[1]).find((found) => found !== undefined);
  return {
    ...{ socket, core, die, least, most, caches },
    frequency: now || Math.round(Number(described["cpu MHz"] ?? 0)),
    name: described["model name"] ?? "",
    vendor: described["vendor_id"] ?? "",
    // The first one cannot be taken off on most hosts, and has no such file.
    thread: { id, numa_node: Number(node ?? 0), online: online !== "0", isolated },
  };
}

async function readCaches(directory: string): Promise<Placed["caches"]> {
  const names = (await namesIn(directory)).filter((name) => /^index\d+$/.test(name));
  return Promise.all(
    names.map(async (name) => {
      const at = join(directory, name);
      const [level, type, size, shared] = await Promise.all([
        readNumber(join(at, "level")),
        readText(join(at, "type")),
        readText(join(at, "size")),
        readText(join(at, "shared_cpu_list")),
      ]);
      return { level, type, size: parseSize(size), shared };
    }),
  );
}

function joined(socket: number, own: readonly Placed[]): CpuSocket {
  const cores = [...Map.groupBy(own, ({ die, core }) => `${die}.${core}`).values()].map(([first, ...others]): Core => {
    if (!first) throw new Error("a core has a thread");
    const threads = [first, ...others].map(({ thread }, place) => ({ ...thread, thread: place }));
    return { core: first.core, die: first.die, frequency: first.frequency, threads };
  });
  // What several share is one cache.
  const caches = new Map(own.flatMap(({ caches: all }) => all.map((each) => [JSON.stringify(each), each] as const)));
  return {
    name: own[0]?.name ?? "",
    vendor: own[0]?.vendor ?? "",
    socket,
    cache: [...caches.values()].map(({ level, type, size }) => ({ level, type, size })),
    cores,
    frequency: Math.round(cores.reduce((sum, { frequency }) => sum + frequency, 0) / Math.max(cores.length, 1)),
    frequency_minimum: own[0]?.least ?? 0,
    frequency_turbo: own[0]?.most ?? 0,
  };
}

/** By the kernel's number of the processor. */
export function parseCpuinfo(text: string): ReadonlyMap<number, Readonly<Record<string, string>>> {
  return new Map(
    text.split(/\n\s*\n/).flatMap((paragraph) => {
      const pairs = paragraph.split("\n").map((line) => line.split(/\s*:\s*/, 2) as [string, string?]);
      const fields = Object.fromEntries(pairs.map(([key, value = ""]) => [key.trim(), value]));
      const number = fields["processor"];
      return number === undefined ? [] : [[Number(number), fields] as const];
    }),
  );
}

/** `32K`: bytes. */
function parseSize(text: string): number {
  const [, amount = "0", unit = ""] = /^(\d+)([KMG]?)$/.exec(text) ?? [];
  return Number(amount) * 1024 ** ["", "K", "M", "G"].indexOf(unit);
}

/** Some kernels say -1 for what they do not know. */
const atLeastZero = (text: string): number => Math.max(Number(text) || 0, 0);
