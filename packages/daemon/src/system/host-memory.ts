import type { HostMemory } from "@lodge/core";
import { readControlNow } from "./cgroup-tree.ts";
import { parseMeminfo } from "./host/parse.ts";

/** Two small files: asked for each second, and read at once, as control files are. */
export async function hostMemory(): Promise<HostMemory> {
  const meminfo = readControlNow("/proc/meminfo") ?? "";
  return {
    available: parseMeminfo(meminfo).available,
    ...parsePressure(readControlNow("/proc/pressure/memory") ?? ""),
  };
}

/** The line `some` of /proc/pressure/memory, or of a control group's memory.pressure. Nothing waits where the kernel does not tell. */
export function parsePressure(text: string): { readonly pressure: number; readonly waited: number } {
  const [, percent = "0", total = "0"] = /^some avg10=([\d.]+) .*total=(\d+)/m.exec(text) ?? [];
  return { pressure: Number(percent) / 100, waited: Number(total) };
}
