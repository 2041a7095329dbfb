import type { DevicePlugging, Forks, InstanceId, InstanceIdentity } from "@lodge/core";
import type { Logger } from "pino";
import { layNoted, layPatience } from "../guest/lay-files.ts";
import { runByAgent } from "../guest/run-by-agent.ts";
import { deviceId } from "../hardware/device.ts";
import type { InstanceFiles } from "../instance-files.ts";
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

/** Makes machines that were resumed as forks machines of their own. */
export class QemuForks implements Forks {
  readonly #options: ForksOptions;
  readonly #personalization: Personalization;

  constructor(options: ForksOptions) {
    this.#options = options;
    this.#personalization = new Personalization(options.guestTrees);
  }

  async prepareForks(id: InstanceId): Promise<void> {
    const vm = this.#options.machine(id);
    await vm.directory.notePrepared(await this.#personalization.prepare(vm));
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
