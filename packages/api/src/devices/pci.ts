import { boolean, pciAddress } from "../values.ts";
import type { DeviceType } from "./device-type.ts";

export const pci: DeviceType = {
  type: "pci",
  doc: "A PCI device of the host, given to the virtual machine alone while it runs. Everything else in its IOMMU group must belong to the same machine, be a bridge, or have no driver on the host.",
  types: ["virtual-machine"],
  keys: [
    { key: "address", doc: "PCI address, as `lspci -D` shows it.", default: "", check: pciAddress },
    {
      key: "required",
      doc: "Whether the instance does not start while the host has no such device.",
      default: "true",
      check: boolean,
    },
  ],
};
