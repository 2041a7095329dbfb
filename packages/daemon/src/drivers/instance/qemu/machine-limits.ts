/** What the control group of a QEMU holds it to. */
import { parseCpuLimit, parseSize } from "@lodge/api";
import { type MachineSize, machineSize } from "@lodge/core";
import type { CgroupLimits } from "../../../system/cgroups.ts";
import { cpuRequest, type HostCpus } from "../../../system/cpus/cpu-request.ts";
import { cpuTime } from "../../../system/cpus/cpu-time.ts";
import { diskWeight } from "../../../system/disk-weight.ts";
import { cpusOfNodes, hostCpus } from "../../../system/host-cpus.ts";

type Settings = Readonly<Record<string, string>>;

/** Bytes beside the guest's memory: QEMU itself, its translation cache, the host's page cache for its disk. */
const overhead = 512 * 2 ** 20;
/** QEMU's threads beside those of its CPUs. */
const spareThreads = 256;
/** Milliseconds of a period in which a guest has the time of the CPUs that it is to use. */
const period = 100;

/** Of a machine that has other memory and CPUs than its configuration says. */
export interface MachineParts {
  /** What its guest is to use. */
  readonly size?: MachineSize;
  /** CPUs that are there. */
  readonly present?: number;
}

/** As `machineLimits`, on this host. */
export async function limitsOfMachine(config: Settings, parts: MachineParts = {}): Promise<CgroupLimits> {
  return machineLimits(config, await cpusOfHost(), parts);
}

/** The host's CPUs that a machine is bound to, so that who asked for a number of them gets others. */
export async function namedCpusOf(config: Settings): Promise<{ readonly set: readonly number[] } | undefined> {
  const set = namedCpus(config, await cpusOfHost());
  return set && { set };
}

const cpusOfHost = async (): Promise<HostCpus> => ({ available: await hostCpus(), nodes: await cpusOfNodes() });

/**
 * Room enough for an honest QEMU. A guest that is not to use all CPUs of its machine might do so unasked, so it gets no more time than those
 * that it is to use have. CPUs that the configuration names are those of the host that all of QEMU runs on; a mere number of them is no set: it is
 * the guest that counts.
 */
export function machineLimits(config: Settings, host: HostCpus, parts: MachineParts = {}): CgroupLimits {
  const { size = machineSize(config), present = size.cpus } = parts;
  const { cpuTime: allowed, cpuWeight } = cpuTime(config);
  const share = (time: CgroupLimits["cpuTime"]) => (time ? time.time / time.period : Number.POSITIVE_INFINITY);
  const bound = present > size.cpus ? { time: size.cpus * period, period } : undefined;
  const time = share(bound) < share(allowed) ? bound : allowed;
  const cpuSet = namedCpus(config, host);
  const least = parseSize(config["limits.memory.min"] ?? "");
  return {
    ...{ memory: size.memory + overhead, processes: Math.max(size.cpus, present) + spareThreads },
    ...(least !== undefined && { guaranteedMemory: least }),
    ...(time && { cpuTime: time }),
    ...(cpuWeight !== undefined && { cpuWeight }),
    ...(cpuSet && { cpuSet }),
    ...diskWeight(config),
  };
}

function namedCpus(config: Settings, host: HostCpus): readonly number[] | undefined {
  const limit = parseCpuLimit(config["limits.cpu"] ?? "");
  const cpus = limit && "set" in limit ? config : { ...config, "limits.cpu": "" };
  const request = cpuRequest(cpus, host);
  return request && "set" in request ? request.set : undefined;
}
