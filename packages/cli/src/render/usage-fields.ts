import type { InstanceHistory, InstanceUsage } from "@lodge/api";
import type { Field } from "./page.ts";
import { hourCurve } from "./sparkline.ts";
import { formatBytes } from "./units.ts";

export interface SeenUsage {
  readonly usage: InstanceUsage;
  readonly history: InstanceHistory;
}

/** What an instance that runs uses now, with the curve of its last hour where there is one to see. */
export function usageFields({ usage, history }: SeenUsage): Field[] {
  const { cpu, memory, disk, network, pressure } = usage;
  const waits = Object.entries(pressure).flatMap(([of, value]) =>
    value === null ? [] : [`${of} ${value.toFixed(1)}%`],
  );
  return [
    ["CPU now", cpu === null ? "" : `${cpu.toFixed(1)}%`],
    ["CPU, last hour", hourCurve(history.series.cpu, busiest(history.series.cpu))],
    ["Memory, last hour", hourCurve(history.series.memory_used, memory.total)],
    ["Memory governed", governed(memory)],
    ["Disk now", rates(disk.read, "read", disk.written, "written")],
    ["Network now", rates(network.received, "received", network.sent, "sent")],
    ["Waiting", waits.join(", ")],
  ];
}

/** At least a whole processor, so that who does little looks like it. */
const busiest = (points: readonly (number | null)[]): number =>
  Math.max(100, ...points.filter((point) => point !== null));

function governed({ target, demand }: InstanceUsage["memory"]): string {
  const parts = [
    ...(target === null ? [] : [`target ${formatBytes(target)}`]),
    ...(demand === null ? [] : [`demand ${formatBytes(demand)}`]),
  ];
  return parts.join(", ");
}

function rates(one: number | null, oneWord: string, other: number | null, otherWord: string): string {
  const parts = [
    ...(one === null ? [] : [`${formatBytes(one)}/s ${oneWord}`]),
    ...(other === null ? [] : [`${formatBytes(other)}/s ${otherWord}`]),
  ];
  return parts.join(", ");
}
