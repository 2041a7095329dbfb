import { readFile } from "node:fs/promises";
import type { HostMemory } from "@lodge/core";
import { parseMeminfo } from "./host/parse.ts";

/** Two small files: asked for each second. */
export async function hostMemory(): Promise<HostMemory> {
  const [meminfo, pressure] = await Promise.all([
    readFile("/proc/meminfo", "utf8"),
    readFile("/proc/pressure/memory", "utf8").catch(() => ""),
  ]);
  return { available: parseMeminfo(meminfo).available, ...parsePressure(pressure) };
}

/** The line `some` of /proc/pressure/memory, or of a control group's memory.pressure. Nothing waits where the kernel does not tell. */
export function parsePressure(text: string): { readonly pressure: number; readonly waited: number } {
  const [, percent = "0", total = "0"] = /^some avg10=([\d.]+) .*total=(\d+)/m.exec(text) ?? [];
  return { pressure: Number(percent) / 100, waited: Number(total) };
}
