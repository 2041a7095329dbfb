/** PCI functions of the host, as /sys tells of them. */
import { join } from "node:path";
import { linkedName, namesIn, readText } from "./sys-files.ts";

export interface PciFunction {
  /** `0000:01:00.0`, lower case. */
  readonly address: string;
  /** Of the PCI specification: base class, subclass and interface, 24 bits. */
  readonly class: number;
  /** Four hexadecimal digits, lower case. */
  readonly vendor: string;
  readonly product: string;
  /** The host's driver that has it now. */
  readonly driver?: string;
  /** Its IOMMU group: what shares it can reach each other's memory. Missing: no IOMMU keeps it apart. */
  readonly group?: string;
  /** N of /dev/dri/cardN, while a driver shows it there. */
  readonly card?: number;
}

export const pciDirectory = (address: string, sys = "/sys"): string => join(sys, "bus/pci/devices", address);

/** Sorted by address; none where there is no PCI. */
export async function readPciFunctions(sys = "/sys"): Promise<PciFunction[]> {
  const addresses = await namesIn(join(sys, "bus/pci/devices"));
  return Promise.all(addresses.map((address) => readFunction(address, pciDirectory(address, sys))));
}

async function readFunction(address: string, directory: string): Promise<PciFunction> {
  const [code, vendor, product, driver, group, card] = await Promise.all([
    readText(join(directory, "class")),
    readText(join(directory, "vendor")),
    readText(join(directory, "device")),
    linkedName(join(directory, "driver")),
    linkedName(join(directory, "iommu_group")),
    cardOf(directory),
  ]);
  return {
    ...{ address, class: Number(code), vendor: withoutPrefix(vendor), product: withoutPrefix(product) },
    ...(driver !== undefined && { driver }),
    ...(group !== undefined && { group }),
    ...(card !== undefined && { card }),
  };
}

async function cardOf(directory: string): Promise<number | undefined> {
  const names = await namesIn(join(directory, "drm"));
  const number = names.map((name) => /^card(\d+)$/.exec(name)?.[1]).find((found) => found !== undefined);
  return number === undefined ? undefined : Number(number);
}

const withoutPrefix = (number: string): string => number.replace(/^0x/, "");
