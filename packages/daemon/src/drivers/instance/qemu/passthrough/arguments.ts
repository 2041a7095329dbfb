import { type DeviceProperties, partId } from "../hardware/device.ts";
import { usbBus } from "../hardware/disks.ts";

/** Functions of the host's in one slot of the machine. */
export interface MachineFunctions {
  /** Of the device in the configuration. */
  readonly name: string;
  /** QEMU's bus. */
  readonly place: string;
  /** On the host, in order. */
  readonly addresses: readonly string[];
}

/** A USB device of the host's. */
export interface MachineUsb {
  /** Of the device in the configuration. */
  readonly name: string;
  /** Counts those that one device of the configuration stands for. */
  readonly index: number;
  /** By which QEMU names the descriptor of its node. */
  readonly path: string;
}

export function functionDevices({ name, place, addresses }: MachineFunctions): DeviceProperties[] {
  return addresses.map((host, index) => ({
    driver: "vfio-pci",
    id: partId(name, index),
    host,
    bus: place,
    addr: `0x0.${index}`,
    ...(index === 0 && addresses.length > 1 && { multifunction: true }),
  }));
}

export function usbDevice({ name, index, path }: MachineUsb): DeviceProperties {
  return { driver: "usb-host", id: partId(name, index), hostdevice: path, bus: usbBus };
}
