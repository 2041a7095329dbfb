import { LodgeError } from "@lodge/api/errors";
import type { GpuDevice, InstanceDevice, PciDevice } from "@lodge/core";
import type { PciFunction } from "../../../../system/pci-functions.ts";

/** What of the host a device of the configuration stands for. */
export interface ChosenDevice {
  readonly name: string;
  /** One, or all of a card's slot, in order. */
  readonly functions: readonly PciFunction[];
}

/** Base class of displays (PCI Code and ID Assignment). */
const displayClass = 0x03;

/** The functions that `pci` and `gpu` devices stand for. Those that are missing and need not be there are left out. */
export function chooseFunctions(devices: readonly InstanceDevice[], all: readonly PciFunction[]): ChosenDevice[] {
  const chosen = devices.flatMap((device) => {
    if (device.type === "pci") return chooseByAddress(device, all);
    return device.type === "gpu" ? [chooseCard(device, all)] : [];
  });
  const owners = new Map<string, string>();
  for (const { name, functions } of chosen) {
    for (const { address } of functions) {
      const other = owners.get(address);
      if (other !== undefined) throw invalid(name, `${address} is given by device "${other}" already`);
      owners.set(address, name);
    }
  }
  return chosen;
}

function chooseByAddress({ name, address, required }: PciDevice, all: readonly PciFunction[]): ChosenDevice[] {
  const found = all.find((each) => each.address === address);
  if (found) return [{ name, functions: [found] }];
  if (!required) return [];
  throw invalid(name, `the host has no PCI device ${address}; "lspci -D" lists those that it has`);
}

function chooseCard(device: GpuDevice, all: readonly PciFunction[]): ChosenDevice {
  const { name } = device;
  const cards = all.filter((each) => each.class >> 16 === displayClass && fits(device, each));
  const [card, ...others] = cards;
  if (!card) throw invalid(name, "the host has no such graphics card");
  if (others.length > 0) {
    const addresses = cards.map(({ address }) => address).join(", ");
    throw invalid(name, `a virtual machine takes one graphics card, and it fits ${addresses}; name one by its key pci`);
  }
  // Its sound, its USB: what stands in one slot is one card.
  const slot = slotOf(card.address);
  return { name, functions: all.filter(({ address }) => slotOf(address) === slot) };
}

const fits = ({ card, pci, vendor, product }: GpuDevice, found: PciFunction): boolean =>
  (pci ?? found.address) === found.address &&
  (vendor ?? found.vendor) === found.vendor &&
  (product ?? found.product) === found.product &&
  (card === undefined || card === found.card);

const slotOf = (address: string): string => address.slice(0, address.lastIndexOf("."));

function invalid(name: string, problem: string): LodgeError {
  return new LodgeError({ code: "device_source_invalid", message: `Device "${name}": ${problem}.` });
}
