import { LodgeError } from "@lodge/api/errors";
import type { InstanceId, KeptState, Progress, SavedStates, StateRequest, StateUse } from "@lodge/core";
import type { Logger } from "pino";
import { deviceName } from "../hardware/device.ts";
import { hostDevices, presentIds } from "../plugging/peripherals.ts";
import { asOperation } from "../refusal.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { type MachineRecord, machineNow } from "./machine-record.ts";
import { refuseState } from "./refusal.ts";
import { saveCopy } from "./save.ts";

/** Keeps the states of machines that run. */
export class QemuStates implements SavedStates {
  readonly #log: Logger;
  readonly #machine: (id: InstanceId) => VirtualMachine;

  /** `machine` throws for one that does not run. */
  constructor(machine: (id: InstanceId) => VirtualMachine, log: Logger) {
    this.#machine = machine;
    this.#log = log;
  }

  async stateRefusal(id: InstanceId, use: StateUse): Promise<string | undefined> {
    return asOperation(id, async () => (await this.#look(this.#machine(id), use)).refusal);
  }

  saveState(id: InstanceId, request: StateRequest, progress: Progress, signal: AbortSignal): Promise<KeptState> {
    return asOperation(id, async () => {
      const vm = this.#machine(id);
      const { machine, refusal } = await this.#look(vm, request.afterwards === "end" ? "stop" : "snapshot");
      if (!machine || refusal !== undefined) {
        throw new LodgeError({ code: "state_unsupported", message: `The state of ${id} cannot be kept: ${refusal}.` });
      }
      return saveCopy(vm, machine, request, progress, signal, this.#log.child({ id }));
    });
  }

  async #look(vm: VirtualMachine, use: StateUse): Promise<{ machine?: MachineRecord; refusal?: string }> {
    const qmp = vm.qmp();
    const { "blocked-reasons": blocked = [] } = await qmp.execute("query-migrate");
    const started = vm.record.machine;
    const now = started && machineNow(started, await vm.directory.plugged(), await presentIds(qmp));
    const unknown = now && "unknown" in now ? (deviceName(now.unknown) ?? now.unknown) : undefined;
    const machine = now && "unknown" in now ? undefined : now;
    const [hostDevice] = await hostDevices(qmp);
    const refusal = refuseState({
      ...{ machine, blocked, use },
      ...(unknown !== undefined && { unknown }),
      ...(hostDevice !== undefined && { hostDevice }),
    });
    return { ...(machine && { machine }), ...(refusal !== undefined && { refusal }) };
  }
}
