import { type Devices, isTrue } from "@lodge/api";
import { devicesOfType, type NodeAccess, nodeAccess } from "./nodes.ts";
import { invalidDevice } from "./refusal.ts";

/** USB devices of the host: all to which everything that is given applies. */
export interface UsbDevice extends NodeAccess {
  readonly type: "usb";
  /** Of the device in the configuration. */
  readonly name: string;
  /** Four hexadecimal digits, lower case. */
  readonly vendor?: string;
  readonly product?: string;
  readonly serial?: string;
  readonly bus?: number;
  readonly device?: number;
  /** The instance does not start while there is none. */
  readonly required: boolean;
}

/** Graphics cards of the host: all to which everything that is given applies. Containers share them, a virtual machine takes one. */
export interface GpuDevice extends NodeAccess {
  readonly type: "gpu";
  /** Of the device in the configuration. */
  readonly name: string;
  /** N of /dev/dri/cardN. */
  readonly card?: number;
  /** `0000:00:02.0`, lower case. */
  readonly pci?: string;
  /** Four hexadecimal digits, lower case. */
  readonly vendor?: string;
  readonly product?: string;
}

/** A PCI device of the host that a virtual machine takes. */
export interface PciDevice {
  readonly type: "pci";
  /** Of the device in the configuration. */
  readonly name: string;
  /** `0000:01:00.0`, lower case. */
  readonly address: string;
  /** The instance does not start while it is not there. */
  readonly required: boolean;
}

export function readUsbDevices(devices: Devices): UsbDevice[] {
  return devicesOfType(devices, "usb").map(([name, device]) => ({
    type: "usb",
    name,
    ...numbers(device),
    ...(device["serial"] && { serial: device["serial"] }),
    ...(device["busnum"] && { bus: Number(device["busnum"]) }),
    ...(device["devnum"] && { device: Number(device["devnum"]) }),
    required: isTrue(device["required"]),
    ...nodeAccess(device),
  }));
}

export function readGpuDevices(devices: Devices): GpuDevice[] {
  return devicesOfType(devices, "gpu").map(([name, device]) => {
    const { pci } = device;
    return {
      type: "gpu",
      name,
      ...(device["id"] && { card: Number(device["id"]) }),
      ...(pci && { pci: wholeAddress(pci) }),
      ...numbers(device),
      ...nodeAccess(device),
    };
  });
}

/** Each address at most once. */
export function readPciDevices(owner: string, devices: Devices): PciDevice[] {
  const taken = new Map<string, string>();
  return devicesOfType(devices, "pci").map(([name, device]) => {
    if (!device["address"]) throw invalidDevice(owner, name, "it needs the key address, such as 0000:01:00.0");
    const address = wholeAddress(device["address"]);
    const other = taken.get(address);
    if (other) throw invalidDevice(owner, name, `${address} is "${other}" already`);
    taken.set(address, name);
    return { type: "pci", name, address, required: !device["required"] || isTrue(device["required"]) };
  });
}

/** Without a domain it is in the first one. */
function wholeAddress(address: string): string {
  const lower = address.toLowerCase();
  return lower.length > 7 ? lower : `0000:${lower}`;
}

function numbers(device: Readonly<Record<string, string>>): { readonly vendor?: string; readonly product?: string } {
  const [vendor, product] = [device["vendorid"]?.toLowerCase(), device["productid"]?.toLowerCase()];
  return { ...(vendor && { vendor }), ...(product && { product }) };
}
