/** What a virtual machine uses: QEMU's control group, and what QEMU says of its disks. */
import type { DiskMeasurement, Measurements } from "@lodge/core";
import type { QmpCommands } from "@lodge/qmp";
import type { CgroupStatistics } from "../../../system/cgroup-statistics.ts";
import { deviceName } from "./hardware/device.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

/** Milliseconds; one QEMU that hangs must not hold up the figures of all others. */
const answerBound = 1_000;

/** How much of its memory the guest has free only the guest knows: that is not asked. */
export async function measureMachine(vm: VirtualMachine, statistics: CgroupStatistics): Promise<Measurements> {
  const { cpuSeconds, memory, outOfMemoryKills } = statistics;
  return {
    cpuSeconds,
    memory: { ...memory, MemTotal: vm.record.memory },
    ...(outOfMemoryKills !== undefined && { outOfMemoryKills }),
    disks: await diskStatistics(vm).catch(() => []),
    fileSystems: [],
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
