import type { InstanceStatus } from "@lodge/api";
import type { Observation } from "@lodge/core";
import type { RunState } from "@lodge/qmp";
import type { CgroupUsage } from "../../../system/cgroups.ts";
import { memoryNow } from "./size/size-now.ts";
import type { VirtualMachine } from "./virtual-machine.ts";

const broken: readonly RunState[] = ["internal-error", "io-error", "guest-panicked"];
const standing: readonly RunState[] = ["paused", "suspended", "prelaunch", "postmigrate", "save-vm", "finish-migrate"];

export function statusOf(state: RunState): InstanceStatus {
  if (broken.includes(state)) return "Error";
  return standing.includes(state) ? "Frozen" : "Running";
}

export async function observeMachine(vm: VirtualMachine, usage: CgroupUsage | undefined): Promise<Observation> {
  const { startedAt, hardware } = vm.record;
  const [state, memory] = await Promise.all([vm.state(), memoryNow(vm)]);
  return {
    status: statusOf(state),
    ready: vm.ready,
    pid: vm.process.pid,
    startedAt: new Date(startedAt),
    cpuNanoseconds: usage?.cpuNanoseconds ?? 0,
    memoryBytes: usage?.memoryBytes ?? 0,
    memoryPeakBytes: usage?.memoryPeakBytes ?? 0,
    memoryTotalBytes: memory,
    processes: -1,
    vm: hardware,
    ...(vm.guestSize && { guest: vm.guestSize, cpus: vm.guestSize.cpus }),
    ...(vm.problem !== undefined && { problem: vm.problem }),
  };
}
