import { setTimeout as delay } from "node:timers/promises";
import type { MachineSize } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import type { MachineRecord } from "../state/machine-record.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { cpusOf, memoryOf } from "./grow.ts";

/** What a machine has, its memory as far as the guest has taken it. */
export async function sizeOf(qmp: QmpClient, machine: MachineRecord): Promise<MachineSize> {
  if (!machine.room) return { cpus: machine.cpus, memory: machine.memory };
  const [{ taken }, cpus] = await Promise.all([memoryOf(qmp), cpusOf(qmp)]);
  return { cpus, memory: machine.memory + taken };
}

/** Milliseconds; one QEMU that hangs must not hold up what is said of the others. */
const answerBound = 2_000;

/** Bytes of memory that it has, to be shown; what it was started with when QEMU does not answer. */
export async function memoryNow(vm: VirtualMachine): Promise<number> {
  const { machine, memory } = vm.record;
  if (!machine?.room) return memory;
  try {
    const late = delay(answerBound, memory, { ref: false });
    return await Promise.race([memoryOf(vm.qmp()).then(({ taken }) => machine.memory + taken), late]);
  } catch {
    return memory;
  }
}
