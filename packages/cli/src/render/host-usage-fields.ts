import type { HostHistory, HostUsage } from "@lodge/api";
import type { Field } from "./page.ts";
import { hourCurve } from "./sparkline.ts";
import { formatBytes } from "./units.ts";

export interface SeenHost {
  readonly usage: HostUsage;
  readonly history: HostHistory;
}

/** What the host does now, with the curves of its last hour. */
export function hostUsageFields({ usage, history: { series } }: SeenHost): Field[] {
  const { cpu, cpus, load, memory, pressure } = usage;
  const waits = Object.entries(pressure).flatMap(([of, value]) =>
    value === null ? [] : [`${of} ${value.toFixed(1)}%`],
  );
  return [
    ["CPU now", cpu === null ? "" : `${cpu.toFixed(0)}% of ${cpus * 100}%, load ${load.toFixed(2)}`],
    ["CPU, last hour", hourCurve(series.cpu, cpus * 100)],
    ["Memory now", `${formatBytes(memory.used)} in use`],
    ["Memory, last hour", hourCurve(series.memory_used, memory.total)],
    ["Waiting", waits.join(", ")],
  ];
}
