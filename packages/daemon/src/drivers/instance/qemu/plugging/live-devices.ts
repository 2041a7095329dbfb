import { LodgeError } from "@lodge/api/errors";
import type { DevicePlugging, InstanceDevice, InstanceId, InstanceIdentity, InstanceNic } from "@lodge/core";
import type { Cgroups } from "../../../../system/cgroups.ts";
import { seedDiskName } from "../cloud-init/seed-disk.ts";
import type { InstanceFiles } from "../instance-files.ts";
import { tapNic } from "../machine-spec.ts";
import type { Passthrough } from "../passthrough/passthrough.ts";
import { LiveShares } from "../shares/live-shares.ts";
import { isShare } from "../shares/serve-share.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { asPlugFailure } from "./failure.ts";
import { presentDevices } from "./peripherals.ts";
import { type PlugTarget, plugDisk, plugNic, plugUsb } from "./plug.ts";
import { unplugDevice } from "./unplug.ts";

/** How the machine of an instance and its files are found. */
export interface MachineFinder {
  /** Throws for one that does not run. */
  machine(id: InstanceId): VirtualMachine;
  files(id: InstanceId): InstanceFiles;
}

/** Devices of running machines. */
export class LiveDevices implements DevicePlugging {
  static readonly pluggable = ["disk", "nic", "usb"];
  readonly pluggable = LiveDevices.pluggable;
  readonly #find: MachineFinder;
  readonly #shares: LiveShares;
  readonly #passthrough: Passthrough;

  constructor(find: MachineFinder, cgroups: Cgroups, passthrough: Passthrough) {
    this.#find = find;
    this.#passthrough = passthrough;
    this.#shares = new LiveShares(cgroups);
  }

  async plug(identity: InstanceIdentity, device: InstanceDevice): Promise<void> {
    const { id } = identity;
    await this.#attempt(`Device "${device.name}" cannot be added`, async () => {
      if (device.type === "disk" && (await isShare(device))) {
        const [vm, files] = [this.#find.machine(id), this.#find.files(id)];
        return this.#shares.plug({ identity, vm, files, target: this.#target(id) }, device);
      }
      if (device.type === "disk") return plugDisk(this.#target(id), device);
      if (device.type === "usb") {
        return plugUsb(this.#target(id), device, (files) => this.#passthrough.noteUsb(id, files));
      }
      throw new LodgeError({
        code: "not_supported",
        message: `A ${device.type} device cannot be added to a virtual machine that runs; stop it first.`,
      });
    });
  }

  async plugNic(id: InstanceId, nic: InstanceNic): Promise<void> {
    await this.#attempt(`Nic "${nic.device}" cannot be added`, () => plugNic(this.#target(id), tapNic(nic)));
  }

  async unplug(id: InstanceId, name: string): Promise<void> {
    const vm = this.#find.machine(id);
    await this.#attempt(`Device "${name}" cannot be taken away`, async () => {
      if ((await vm.state()) === "paused") throw paused(name);
      await this.#shares.letGo(vm, name);
      await unplugDevice(vm.qmp(), name);
      await this.#shares.end(id, vm, name);
    });
  }

  unplugNic(id: InstanceId, name: string): Promise<void> {
    return this.unplug(id, name);
  }

  async plugged(id: InstanceId): Promise<readonly string[]> {
    const vm = this.#find.machine(id);
    const names = await presentDevices(vm.qmp());
    return names.filter((name) => name !== vm.record.rootDevice && name !== seedDiskName);
  }

  #target(id: InstanceId): PlugTarget {
    const vm = this.#find.machine(id);
    const files = this.#find.files(id);
    return {
      qmp: vm.qmp(),
      portCount: vm.record.ports,
      ports: async () => (await files.hardware()).ports ?? {},
      recordPorts: (ports) => files.recordHardware({ ports }),
      note: (change) => vm.directory.notePlugged(change),
    };
  }

  async #attempt(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      throw asPlugFailure(what, error);
    }
  }
}

function paused(name: string): LodgeError {
  return new LodgeError({
    code: "instance_wrong_state",
    message: `The guest must let go of device "${name}", and it is paused; resume it first.`,
  });
}
