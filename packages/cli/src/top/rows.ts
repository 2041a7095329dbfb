/** Which rows `lodge top` shows, and in which order. Pure. */
import type { InstanceUsage } from "@lodge/api";
import { findColumn } from "./columns.ts";

export interface RowChoice {
  /** A part of names, or `type=`, `status=`, `project=` and what is to be there. */
  readonly filter: string;
  /** A column's name. */
  readonly sort: string;
  readonly reverse: boolean;
}

export function chooseRows(instances: readonly InstanceUsage[], { filter, sort, reverse }: RowChoice): InstanceUsage[] {
  const value = findColumn(sort)?.value ?? (({ name }: InstanceUsage) => name);
  const sorted = instances.filter((each) => fits(each, filter)).toSorted((a, b) => compare(value(a), value(b)));
  return reverse ? sorted.toReversed() : sorted;
}

function fits(instance: InstanceUsage, filter: string): boolean {
  const [key = "", value] = filter.toLowerCase().split("=", 2);
  if (value === undefined) return instance.name.toLowerCase().includes(key);
  const known: Readonly<Record<string, string>> = {
    ...{ name: instance.name, type: instance.type, project: instance.project },
    ...{ status: instance.status, state: instance.status },
  };
  return known[key]?.toLowerCase() === value;
}

/** Numbers with the most first and what is unknown last, text as in a dictionary; the sort keeps equals in the order of the answer. */
function compare(a: number | string | null, b: number | string | null): number {
  if (typeof a === "string" || typeof b === "string") return String(a).localeCompare(String(b));
  return (b ?? -1) - (a ?? -1);
}

/** A project and what its instances use together. */
export interface ProjectGroup {
  readonly total: InstanceUsage;
  readonly instances: readonly InstanceUsage[];
}

/** By project, in the order of their totals; instances keep theirs. */
export function groupByProject(rows: readonly InstanceUsage[], choice: Omit<RowChoice, "filter">): ProjectGroup[] {
  const members = Map.groupBy(rows, ({ project }) => project);
  const totals = [...members].map(([project, instances]) => totalOf(project, instances));
  return chooseRows(totals, { ...choice, filter: "" }).map((total) => ({
    total,
    instances: members.get(total.project) ?? [],
  }));
}

function totalOf(project: string, instances: readonly InstanceUsage[]): InstanceUsage {
  const figures = (of: (instance: InstanceUsage) => number | null) =>
    instances.map(of).filter((value) => value !== null);
  const sum = (of: (instance: InstanceUsage) => number | null) => {
    const known = figures(of);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const most = (of: (instance: InstanceUsage) => number | null) => {
    const known = figures(of);
    return known.length === 0 ? null : Math.max(...known);
  };
  const { memory, disk, network, pressure } = {
    memory: { used: sum((i) => i.memory.used) ?? 0, total: sum((i) => i.memory.total) ?? 0 },
    disk: { read: sum((i) => i.disk.read), written: sum((i) => i.disk.written) },
    network: { received: sum((i) => i.network.received), sent: sum((i) => i.network.sent) },
    pressure: {
      cpu: most((i) => i.pressure.cpu),
      memory: most((i) => i.pressure.memory),
      io: most((i) => i.pressure.io),
    },
  };
  return {
    ...{ name: project, project, type: "container", status: "", disk, network, pressure },
    cpu: sum((i) => i.cpu),
    memory: { ...memory, target: sum((i) => i.memory.target), demand: sum((i) => i.memory.demand) },
    processes: sum((i) => i.processes),
  };
}
