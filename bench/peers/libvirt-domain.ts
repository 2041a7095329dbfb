/** A machine that Lodge starts, as libvirt's domain XML has it. Pure. */
import { Unavailable } from "../scenario.ts";
import type { MachineModel } from "./machine-model.ts";

export interface LibvirtMachine {
  readonly name: string;
  readonly model: MachineModel;
  /** A qcow2. */
  readonly disk: string;
}

/**
 * The same kernel and command line, memory, CPU, disk, random numbers and agent; one nic whose cable leads to no other machine. Throws
 * Unavailable for a model that boots by firmware.
 */
export function libvirtDomain({ name, model, disk }: LibvirtMachine): string {
  const option = (key: string): string => {
    const value = model.args[model.args.indexOf(key) + 1];
    if (!model.args.includes(key) || value === undefined)
      throw new Unavailable(`its domain is made for machines of which Lodge's command line has ${key}`);
    return value;
  };
  const [machine] = option("-machine").split(",");
  const memory = /size=(\d+)M/.exec(option("-m"))?.[1];
  const cpus = /cpus=(\d+)/.exec(option("-smp"))?.[1];
  return `<domain type="qemu">
  <name>${name}</name>
  <memory unit="MiB">${memory}</memory>
  <vcpu>${cpus}</vcpu>
  <os>
    <type arch="x86_64" machine="${machine}">hvm</type>
    <kernel>${text(option("-kernel"))}</kernel>
    <initrd>${text(option("-initrd"))}</initrd>
    <cmdline>${text(option("-append"))}</cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode="maximum"/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type="file" device="disk">
      <driver name="qemu" type="qcow2" discard="unmap"/>
      <source file="${text(disk)}"/>
      <target dev="vda" bus="virtio"/>
    </disk>
    <interface type="user"><model type="virtio"/></interface>
    <rng model="virtio"><backend model="random">/dev/urandom</backend></rng>
    <serial type="null"/>
    <channel type="unix">
      <target type="virtio" name="org.qemu.guest_agent.0"/>
    </channel>
  </devices>
</domain>
`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const text = (value: string): string => value.replaceAll(/[&<>"]/g, (found) => entities[found] ?? found);
