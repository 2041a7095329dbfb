import { join } from "node:path";
import type { MemoryAmounts, Resources } from "@lodge/api";
import { namesIn, readText } from "../sys-files.ts";

export async function readMemory(sys = "/sys", proc = "/proc"): Promise<Resources["memory"]> {
  const root = join(sys, "devices/system/node");
  const [host, names] = await Promise.all([readText(join(proc, "meminfo")), namesIn(root)]);
  const numbers = names.flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []);
  const size = hugepageSize(host);
  const nodes = await Promise.all(
    numbers.map(async (number) => ({
      numa_node: Number(number),
      ...memoryAmounts(await readText(join(root, `node${number}`, "meminfo")), size),
    })),
  );
  return { ...memoryAmounts(host, size), nodes, hugepages_size: size };
}

/** Of /proc/meminfo, or of a node's, whose lines begin with the node and which tells less. */
export function memoryAmounts(text: string, pageSize: number): MemoryAmounts {
  const amount = (key: string) => {
    const found = new RegExp(`(?:^|\\s)${key}:\\s+(\\d+)( kB)?`, "m").exec(text);
    return found ? Number(found[1]) * (found[2] ? 1024 : 1) : undefined;
  };
  const total = amount("MemTotal") ?? 0;
  const free = amount("MemAvailable") ?? (amount("MemFree") ?? 0) + (amount("FilePages") ?? 0);
  const pages = amount("HugePages_Total") ?? 0;
  return {
    used: Math.max(total - free, 0),
    total,
    hugepages_used: (pages - (amount("HugePages_Free") ?? 0)) * pageSize,
    hugepages_total: pages * pageSize,
  };
}

const hugepageSize = (text: string): number => Number(/^Hugepagesize:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
