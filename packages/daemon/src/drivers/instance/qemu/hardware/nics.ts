import type { NicModel } from "@lodge/core";
import { type DeviceProperties, deviceArguments, deviceId, netId } from "./device.ts";

export interface MachineNic {
  /** Of the device in the configuration. */
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly model: NicModel;
  /** QEMU's bus. */
  readonly place: string;
  readonly bootindex?: number;
}

const drivers: Readonly<Record<NicModel, string>> = { virtio: "virtio-net-pci", e1000: "e1000", e1000e: "e1000e" };

/** `fd`: number or name of an open tap device. */
export function nicBackend(name: string, fd: string) {
  return { type: "tap", id: netId(name), fd } as const;
}

export function nicDevice({ name, mac, mtu, model, place, bootindex }: MachineNic): DeviceProperties {
  return {
    driver: drivers[model],
    id: deviceId(name),
    netdev: netId(name),
    mac,
    bus: place,
    ...(model === "virtio" && { host_mtu: mtu }),
    // Without a ROM the firmware does not try to boot from the network.
    ...(bootindex === undefined ? { romfile: "" } : { bootindex }),
  };
}

export function nicArguments(nic: MachineNic, descriptor: number): string[] {
  const { type, id, fd } = nicBackend(nic.name, `${descriptor}`);
  return ["-netdev", `${type},id=${id},fd=${fd}`, ...deviceArguments(nicDevice(nic))];
}
