/** What a virtual machine uses: QEMU's control group, and what QEMU says of its disks. */
import type { DiskMeasurement, Measurements, Use } from "@lodge/core";
import type { QmpCommands } from "@lodge/qmp";
import { type CgroupCounters, type CgroupStatistics, diskBytes } from "../../../system/cgroup-statistics.ts";
import { deviceName } from "./hardware/device.ts";
import { memoryNow } from "./size/size-now.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** Milliseconds; one QEMU that hangs must not hold up the figures of all others. */
const answerBound = 1_000;

/** Memory as the guest sees it, where it answers; else what QEMU's control group has of it. */
export async function measureMachine(vm: VirtualMachine, statistics: CgroupStatistics): Promise<Measurements> {
  const { cpuSeconds, memory, memoryBytes, outOfMemoryKills, pressure } = statistics;
  const [guest, total, disks] = await Promise.all([
    vm.ready ? vm.meter.figures() : undefined,
    memoryNow(vm),
    diskStatistics(vm).catch((): DiskMeasurement[] => []),
  ]);
  return {
    cpuSeconds,
    memoryUsed: memoryBytes,
    ...(pressure && { pressure }),
    memory: guest?.memory ?? { ...memory, MemTotal: total },
    ...(outOfMemoryKills !== undefined && { outOfMemoryKills }),
    disks,
    fileSystems: guest?.fileSystems ?? [],
  };
}

/** In short: what the network saw is asked elsewhere. */
export async function machineUse(vm: VirtualMachine, counters: CgroupCounters | undefined): Promise<Use | undefined> {
  if (!counters) return undefined;
  const { cpuSeconds, memoryUsed, pressure } = counters;
  const [memoryTotal, disks] = await Promise.all([memoryNow(vm), diskStatistics(vm).catch(() => undefined)]);
  return {
    ...{ cpuSeconds, memoryUsed, memoryTotal },
    ...(pressure && { pressure }),
    ...(disks && diskBytes(disks)),
  };
}

async function diskStatistics(vm: VirtualMachine): Promise<DiskMeasurement[]> {
  return disksOf(await vm.qmp().executeWithin(answerBound, "query-blockstats"));
}

/** Those of the configuration; firmware has disks as well. */
export function disksOf(answer: QmpCommands["query-blockstats"]["result"]): DiskMeasurement[] {
  return answer.flatMap(({ qdev = "", stats }) => {
    const device = qdev.split("/").flatMap((part) => deviceName(part) ?? [])[0];
    if (device === undefined) return [];
    const { rd_bytes: bytesRead, rd_operations: reads, wr_bytes: bytesWritten, wr_operations: writes } = stats;
    return [{ device, bytesRead, reads, bytesWritten, writes }];
  });
}
