/** What the host and the daemon use, for the metrics: read at once from what the kernel makes up from memory. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { DaemonUse, HostMeter, HostUse } from "@lodge/core";
import { pressureOf } from "../cgroup-statistics.ts";

/** The kernel's ticks a second, as it tells them to programs. */
const ticks = 100;
const modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
/** Milliseconds between looks at how late the event loop is; that much of what is measured is no delay. */
const resolution = 50;

/** `proc`: where /proc is. */
export function createHostMeter(proc = "/proc"): HostMeter {
  const loop = monitorEventLoopDelay({ resolution });
  loop.enable();
  return {
    host: () => hostUse((file) => read(join(proc, file))),
    daemon: () => {
      const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution) / 1000;
      const delay = { median: late(loop.percentile(50)), p99: late(loop.percentile(99)), most: late(loop.max) };
      loop.reset();
      return daemonUse(delay);
    },
  };
}

/** Pure but for what `file` reads: undefined where there is none. */
export function hostUse(file: (name: string) => string | undefined): HostUse {
  const [, ...counts] = (/^cpu .*$/m.exec(file("stat") ?? "")?.[0] ?? "").split(/\s+/);
  const memory = file("meminfo") ?? "";
  const bytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(memory)?.[1] ?? 0) * 1024;
  const [one = 0, five = 0, fifteen = 0] = (file("loadavg") ?? "").split(" ", 3).map(Number);
  return {
    cpuSeconds: Object.fromEntries(modes.map((mode, at) => [mode, Number(counts[at] ?? 0) / ticks])),
    memoryTotal: bytes("MemTotal"),
    memoryAvailable: bytes("MemAvailable"),
    swapTotal: bytes("SwapTotal"),
    swapFree: bytes("SwapFree"),
    load: [one, five, fifteen],
    pressure: pressureOf((resource) => file(`pressure/${resource}`)?.trimEnd()) ?? {},
  };
}

function daemonUse(delay: DaemonUse["delay"]): DaemonUse {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return { cpuSeconds: (user + system) / 1e6, residentBytes: rss, heapBytes: heapUsed, delay };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
