/** The sizes of machines that run. */
import { LodgeError } from "@lodge/api/errors";
import { type InstanceId, type InstanceIdentity, type LiveLimits, type MachineSize, machineSize } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import type { Cgroups } from "../../../../system/cgroups.ts";
import { limitsOfMachine } from "../machine-limits.ts";
import { asOperation } from "../refusal.ts";
import type { MachineRecord } from "../state/machine-record.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { addCpus } from "./grow.ts";
import { type MovableMemory, moveMemory } from "./move-memory.ts";
import { shortfall, sizeRefusal, spareRefusal } from "./plan-size.ts";
import { settleGuest } from "./settle-guest.ts";
import { sizeOf } from "./size-now.ts";

/** Somebody waits for it: a guest on a busy host has more time than when it is asked to give a little by the way. */
const patience = { still: 8_000 };

export interface LiveSizeOptions {
  /** Throws for one that does not run. */
  readonly machine: (id: InstanceId) => VirtualMachine;
  readonly cgroups: Cgroups;
}

/** Gives machines that run other sizes. */
export class LiveSize implements LiveLimits {
  readonly #options: LiveSizeOptions;

  constructor(options: LiveSizeOptions) {
    this.#options = options;
  }

  async setLimits({ id, name, config }: InstanceIdentity): Promise<void> {
    const vm = this.#options.machine(id);
    const asked = machineSize(config);
    await asOperation(id, async () => {
      const qmp = await vm.connected();
      const { machine } = vm.record;
      if (!machine) throw fixed(name, "it was started by an earlier version of Lodge");
      const refusal = sizeRefusal(asked, machine);
      if (refusal !== undefined) throw fixed(name, refusal);
      const present = await sizeOf(qmp, machine);
      const has = { ...present, cpus: Math.min(present.cpus, vm.guestSize?.cpus ?? present.cpus) };
      if (isMovable(machine) && shortfall(asked, has) !== undefined) {
        if ((await vm.state()) !== "running") throw fixed(name, "its guest stands still and can take nothing into use");
        await this.#resize(vm, qmp, machine, { id, name, config, asked, has, present });
      }
      const after = Math.max(present.cpus, asked.cpus);
      await this.#options.cgroups.limit(id, await limitsOfMachine(config, { present: after }));
    });
  }

  async #resize(vm: VirtualMachine, qmp: QmpClient, machine: MovableMemory, resize: Resize): Promise<void> {
    const { id, name, config, asked, has, present } = resize;
    const more = { cpus: Math.max(asked.cpus, has.cpus), memory: Math.max(asked.memory, has.memory) };
    await this.#options.cgroups.limit(id, await limitsOfMachine(config, { size: more }));
    await addCpus(qmp, asked.cpus - present.cpus);
    // A kernel that was not told does not use what comes.
    const before = await settleGuest(vm);
    const spare = has.memory - asked.memory;
    if (spare > 0) {
      const refusal = spareRefusal(spare, before?.available);
      if (refusal !== undefined) throw inUse(name, refusal);
      await settleGuest(vm, { spare });
    }
    const memory = await moveMemory(qmp, machine, asked.memory, patience);
    const measured = await settleGuest(vm, asked.cpus === has.cpus ? {} : { cpus: asked.cpus });
    const cpus = measured?.cpus ?? Math.max(present.cpus, asked.cpus);
    const problem = shortfall(asked, { memory, cpus });
    if (problem === undefined) return;
    throw new LodgeError({
      code: "limit_unmet",
      message: `The guest of ${name} could not be given that size: ${problem}. Try again when it uses less, or when it has started; or stop it first.`,
    });
  }
}

interface Resize extends Pick<InstanceIdentity, "id" | "name" | "config"> {
  readonly asked: MachineSize;
  /** What the guest uses. */
  readonly has: MachineSize;
  /** What the machine has: CPUs that its guest does not use stay in their places. */
  readonly present: MachineSize;
}

const isMovable = (machine: MachineRecord): machine is MachineRecord & MovableMemory => machine.room !== undefined;

function inUse(name: string, why: string): LodgeError {
  const message = `Instance "${name}" cannot have less memory now: ${why}. Stop it first, or leave it more.`;
  return new LodgeError({ code: "limit_in_use", message });
}

function fixed(name: string, why: string): LodgeError {
  return new LodgeError({
    code: "limit_fixed",
    message: `Instance "${name}" runs, and its size cannot be changed so: ${why}. Stop it first.`,
  });
}
