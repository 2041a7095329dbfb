import { join } from "node:path";
import { parseCpuSet } from "@lodge/api";
import { namesIn, readText } from "./sys-files.ts";

/** Numbers of the CPUs that the daemon, and so whatever it starts, may run on. */
export async function hostCpus(): Promise<readonly number[]> {
  const allowed = /^Cpus_allowed_list:\s*(\S+)$/m.exec(await readText("/proc/self/status"))?.[1];
  return parseCpuSet(allowed ?? "") ?? [0];
}

const nodes = "/sys/devices/system/node";

/** Numbers of the CPUs of each NUMA node, by its number. Empty on a kernel that knows of none. */
export async function cpusOfNodes(): Promise<ReadonlyMap<number, readonly number[]>> {
  const names = (await namesIn(nodes)).filter((name) => /^node\d+$/.test(name));
  const lists = names.map(async (name): Promise<[number, readonly number[]]> => {
    const list = await readText(join(nodes, name, "cpulist"));
    return [Number(name.slice("node".length)), parseCpuSet(list) ?? []];
  });
  return new Map(await Promise.all(lists));
}
