import type { DevicePlugging, Forks, InstanceId, InstanceIdentity } from "@lodge/core";
import type { Logger } from "pino";
import { layNoted, layPatience } from "../guest/lay-files.ts";
import { runByAgent } from "../guest/run-by-agent.ts";
import { deviceId } from "../hardware/device.ts";
import type { InstanceFiles } from "../instance-files.ts";
import type { ForkGrowth } from "../run-directory.ts";
import { growthFor, moveMemory } from "../size/move-memory.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { setClock } from "./clock.ts";
import { Personalization } from "./personalize.ts";

export interface ForksOptions {
  /** Throws for one that does not run. */
  readonly machine: (id: InstanceId) => VirtualMachine;
  readonly files: (id: InstanceId) => InstanceFiles;
  readonly devices: Pick<DevicePlugging, "plugNic">;
  /** The folder of the image definitions' guest trees. */
  readonly guestTrees: string;
  readonly log: Logger;
}

/** Guests that are emulated on a busy host are slow. */
const memoryPatience = { still: 15_000 };

/** Makes machines that were resumed as forks machines of their own. */
export class QemuForks implements Forks {
  readonly #options: ForksOptions;
  readonly #personalization: Personalization;

  constructor(options: ForksOptions) {
    this.#options = options;
    this.#personalization = new Personalization(options.guestTrees);
  }

  async prepareForks(id: InstanceId, memory: number): Promise<void> {
    const vm = this.#options.machine(id);
    await vm.directory.notePrepared(await this.#personalization.prepare(vm));
    // Last: what its guest writes to memory that came is copied for each fork.
    await this.#enlarge(vm, memory);
  }

  /** Its guest has put out of use what it has too much of. */
  async #giveBack(vm: VirtualMachine, { has, wanted }: ForkGrowth, signal: AbortSignal): Promise<void> {
    const { machine } = vm.record;
    if (!machine?.room || wanted.memory >= has.memory) return;
    const asked = machine.memory + wanted.memory;
    const left = await moveMemory(vm.qmp(), { ...machine, room: machine.room }, asked, { ...memoryPatience, signal });
    if (left > asked) throw new Error(`its guest keeps ${left - asked} bytes of memory too much`);
  }

  async #enlarge(vm: VirtualMachine, memory: number): Promise<void> {
    const { machine } = vm.record;
    const { room } = machine ?? {};
    if (!machine || !room || memory <= machine.memory) return;
    const started = { cpus: machine.cpus, memory: machine.memory };
    const wanted = { cpus: 0, memory: growthFor({ ...started, room }, memory) };
    await moveMemory(vm.qmp(), { ...started, room }, memory, memoryPatience);
    await this.#personalization.enlarge(vm, { started, has: { cpus: 0, memory: 0 }, wanted });
  }

  async personalize(identity: InstanceIdentity, signal: AbortSignal): Promise<void> {
    const { machine, files, devices, log } = this.#options;
    const vm = machine(identity.id);
    const { macs = [], nics = [], prepared, growth, cloudInit = false } = vm.record.fork ?? {};
    try {
      const { publicKey: sshKey } = await files(identity.id).sshKey();
      const more = { ...(prepared !== undefined && { prepared }), ...(growth && { growth }) };
      const personality = { identity, sshKey, macs, cloudInit, ...more };
      await this.#personalization.tell(vm, personality, signal);
      if (growth) await this.#giveBack(vm, growth, signal);
      await layNoted(vm.directory, (script) => this.#readByAgent(vm, script, signal), log.child({ id: identity.id }));
      for (const { device } of macs) await vm.qmp().execute("set_link", { name: deviceId(device), up: true });
      for (const nic of nics) await devices.plugNic(identity.id, nic);
      vm.introduce();
      // But for the time that the message took it is right already.
      void vm.met.then(() => setClock(vm, log.child({ id: identity.id })));
    } catch (error) {
      await vm.kill();
      throw error;
    }
  }

  /** Its first command finds what is to be there. */
  async #readByAgent(vm: VirtualMachine, script: string, signal: AbortSignal): Promise<void> {
    const program = { path: "/bin/sh", arg: ["-s"], "input-data": Buffer.from(script).toString("base64") };
    await runByAgent(vm.agent, program, AbortSignal.any([signal, AbortSignal.timeout(layPatience)]));
  }
}
