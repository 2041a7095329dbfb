/** What a configuration says of CPUs, in numbers of this host. Pure. */
import { formatCpuSet, parseCpuLimit, parseCpuSet } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";

/** A number of CPUs among some, or which. */
export type CpuRequest =
  | { readonly count: number; readonly among: readonly number[] }
  | { readonly set: readonly number[] };

export interface HostCpus {
  /** Numbers of those that may be used. */
  readonly available: readonly number[];
  /** Of each NUMA node; empty where the kernel knows of none. */
  readonly nodes: ReadonlyMap<number, readonly number[]>;
}

/** Undefined: any CPU will do. `limit_exceeds_host` for CPUs and nodes that are not there. */
export function cpuRequest(config: Readonly<Record<string, string>>, host: HostCpus): CpuRequest | undefined {
  const { "limits.cpu": value = "", "limits.cpu.nodes": nodes = "" } = config;
  const among = nodes ? ofNodes(nodes, host) : host.available;
  const limit = parseCpuLimit(value);
  if (!limit) return nodes ? { set: among } : undefined;
  if ("count" in limit) return limit.count < among.length || nodes ? { count: limit.count, among } : undefined;
  const strange = limit.set.filter((cpu) => !host.available.includes(cpu));
  if (strange.length > 0) {
    throw missing(`limits.cpu=${value} names CPU ${formatCpuSet(strange)}`, `CPUs ${formatCpuSet(host.available)}`);
  }
  const set = limit.set.filter((cpu) => among.includes(cpu));
  if (set.length > 0) return { set };
  throw missing(`limits.cpu=${value} has no CPU of limits.cpu.nodes=${nodes}`, `there CPUs ${formatCpuSet(among)}`);
}

function ofNodes(value: string, { available, nodes }: HostCpus): number[] {
  const wanted = parseCpuSet(value) ?? [];
  const strange = wanted.filter((node) => !nodes.has(node));
  if (strange.length > 0) {
    const there = nodes.size > 0 ? `NUMA nodes ${formatCpuSet([...nodes.keys()])}` : "no NUMA nodes";
    throw missing(`limits.cpu.nodes=${value} names node ${formatCpuSet(strange)}`, there);
  }
  const cpus = wanted.flatMap((node) => nodes.get(node) ?? []).filter((cpu) => available.includes(cpu));
  if (cpus.length > 0) return cpus;
  throw missing(`limits.cpu.nodes=${value} has no CPU that may be used`, `CPUs ${formatCpuSet(available)}`);
}

const missing = (what: string, there: string): LodgeError =>
  new LodgeError({ code: "limit_exceeds_host", message: `${what}; the host has ${there}.` });
