import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { type PciFunction, pciDirectory } from "../pci-functions.ts";
import { readText } from "../sys-files.ts";

/** What is said of everything that hangs on PCI. */
export interface PciPlace {
  readonly driver: string;
  readonly driver_version: string;
  readonly numa_node: number;
  readonly pci_address: string;
  readonly vendor: string;
  readonly vendor_id: string;
  readonly product: string;
  readonly product_id: string;
}

export async function pciPlace(pci: PciFunction, sys: string): Promise<PciPlace> {
  const at = pciDirectory(pci.address, sys);
  const [node, version] = await Promise.all([
    readText(join(at, "numa_node")),
    readText(join(at, "driver/module/version")),
  ]);
  return {
    driver: pci.driver ?? "",
    driver_version: version,
    numa_node: Math.max(Number(node) || 0, 0),
    pci_address: pci.address,
    ...{ vendor: "", vendor_id: pci.vendor, product: "", product_id: pci.product },
  };
}

/** The PCI function that a device of /sys is on, by its directory: the last one on the way to it. */
export async function pciAddressOf(device: string): Promise<string> {
  const path = await realpath(device).catch(() => "");
  return path.split("/").findLast((name) => /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(name)) ?? "";
}

/** Of what is on no PCI function. */
export const nowhere: PciPlace = {
  ...{ driver: "", driver_version: "", numa_node: 0, pci_address: "" },
  ...{ vendor: "", vendor_id: "", product: "", product_id: "" },
};
