import { readFileSync } from "node:fs";

/** Bytes of a process, where pages that several share are divided among them. */
export function proportionalSetSize(pid: number): number {
  const [, kibibytes = "0"] = /^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}
