import { LodgeError } from "@lodge/api/errors";
import type { InstanceId, KeptState, Progress, SavedStates, StateRequest, StateUse } from "@lodge/core";
import type { Logger } from "pino";
import type { Cgroups } from "../../../../system/cgroups.ts";
import { agentComes } from "../guest/agent-port.ts";
import { deviceName } from "../hardware/device.ts";
import { QemuLiveDisk } from "../live/live-disk.ts";
import { hostDevices, presentIds } from "../plugging/peripherals.ts";
import { asOperation } from "../refusal.ts";
import { growthOf } from "../size/grow.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { copyForm } from "./copy-form.ts";
import { type MachineRecord, machineNow } from "./machine-record.ts";
import { refuseState } from "./refusal.ts";
import { type StateForm, save } from "./save.ts";
import { sharedForm } from "./shared-form.ts";
import { SharedMemories } from "./shared-memories.ts";
import { StateDirectory } from "./state-directory.ts";

export interface StatesOptions {
  /** Throws for one that does not run. */
  readonly machine: (id: InstanceId) => VirtualMachine;
  /** QEMU. */
  readonly program: string;
  readonly cgroups: Cgroups;
  readonly log: Logger;
}

/** Keeps the states of machines that run. */
export class QemuStates implements SavedStates {
  readonly memories = new SharedMemories();
  readonly #options: StatesOptions;

  constructor(options: StatesOptions) {
    this.#options = options;
  }

  async stateRefusal(id: InstanceId, use: StateUse): Promise<string | undefined> {
    return asOperation(id, async () => (await this.#look(this.#options.machine(id), use)).refusal);
  }

  saveState(id: InstanceId, request: StateRequest, progress: Progress, signal: AbortSignal): Promise<KeptState> {
    return asOperation(id, async () => {
      const vm = this.#options.machine(id);
      const { machine, refusal } = await this.#look(vm, useOf(request));
      if (!machine || refusal !== undefined) {
        throw new LodgeError({ code: "state_unsupported", message: `The state of ${id} cannot be kept: ${refusal}.` });
      }
      const directory = new StateDirectory(request.directory);
      await using form = await this.#form(id, vm, machine, directory, request.form);
      const log = this.#options.log.child({ id });
      const disk = () => new QemuLiveDisk(id, () => vm.qmp(), vm.record.rootDevice).top();
      return await save({ ...request, vm, machine, directory, disk, log }, form, progress, signal);
    });
  }

  letGoOfState(directory: string): Promise<void> {
    return this.memories.letGo(directory);
  }

  #form(
    id: InstanceId,
    vm: VirtualMachine,
    machine: MachineRecord,
    directory: StateDirectory,
    form: StateRequest["form"],
  ): Promise<StateForm> {
    if (form === "copy") return copyForm(vm.qmp(), directory);
    const { program, cgroups } = this.#options;
    return sharedForm({
      id,
      vm,
      machine,
      directory,
      lasting: form === "shared",
      program,
      cgroups,
      memories: this.memories,
    });
  }

  async #look(vm: VirtualMachine, use: StateUse): Promise<{ machine?: MachineRecord; refusal?: string }> {
    const qmp = vm.qmp();
    const { "blocked-reasons": blocked = [] } = await qmp.execute("query-migrate");
    const started = vm.record.machine;
    const now = started && machineNow(started, await vm.directory.plugged(), await presentIds(qmp));
    const unknown = now && "unknown" in now ? (deviceName(now.unknown) ?? now.unknown) : undefined;
    const known = now && "unknown" in now ? undefined : now;
    const machine = known?.room ? { ...known, grown: await growthOf(qmp, known) } : known;
    const [hostDevice] = await hostDevices(qmp);
    const refusal = refuseState({
      ...{ machine, blocked, use, agent: use !== "fork" || (await agentComes(vm)) },
      ...(unknown !== undefined && { unknown }),
      ...(hostDevice !== undefined && { hostDevice }),
    });
    return { ...(machine && { machine }), ...(refusal !== undefined && { refusal }) };
  }
}

function useOf({ afterwards, form }: StateRequest): StateUse {
  if (afterwards === "end") return "stop";
  return form === "copy" ? "snapshot" : "fork";
}
