import { type Devices, isTrue } from "@lodge/api";
import { devicesOfType, type NodeAccess, nodeAccess } from "./nodes.ts";

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

/** Graphics cards of the host that are shared with it: all to which everything that is given applies. */
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
    const pci = device["pci"]?.toLowerCase();
    return {
      type: "gpu",
      name,
      ...(device["id"] && { card: Number(device["id"]) }),
      ...(pci && { pci: pci.length > 7 ? pci : `0000:${pci}` }),
      ...numbers(device),
      ...nodeAccess(device),
    };
  });
}

function numbers(device: Readonly<Record<string, string>>): { readonly vendor?: string; readonly product?: string } {
  const [vendor, product] = [device["vendorid"]?.toLowerCase(), device["productid"]?.toLowerCase()];
  return { ...(vendor && { vendor }), ...(product && { product }) };
}
