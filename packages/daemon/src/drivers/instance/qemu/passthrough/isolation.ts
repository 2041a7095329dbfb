import { LodgeError } from "@lodge/api/errors";
import type { PciFunction } from "../../../../system/pci-functions.ts";
import type { ChosenDevice } from "./choose.ts";

/** PCI-to-PCI bridges and host bridges (PCI Code and ID Assignment): they take part in no transfer of their own. */
const bridgeClass = 0x06;

/** The driver of the kernel's that gives functions to programs. */
export const vfioDriver = "vfio-pci";

/** Drivers that leave a function alone. */
const harmless: readonly (string | undefined)[] = [undefined, vfioDriver, "pci-stub"];

/**
 * The IOMMU groups of what was chosen, sorted. Throws where the host cannot keep a machine's devices apart from its own: a group is
 * given as a whole or not at all, because its members reach each other's memory.
 */
export function requireIsolation(chosen: readonly ChosenDevice[], all: readonly PciFunction[]): string[] {
  const given = new Set(chosen.flatMap(({ functions }) => functions.map(({ address }) => address)));
  const groups = new Set<string>();
  for (const { name, functions } of chosen) {
    for (const { address, group } of functions) {
      if (group === undefined) throw unavailable(name, missingGroup(address, all));
      const beside = all.find((each) => each.group === group && !given.has(each.address) && !isHarmless(each));
      if (beside) {
        throw unavailable(
          name,
          `${address} cannot be kept apart from ${beside.address}, which the host's driver ${beside.driver} has (IOMMU group ${group}); ` +
            `give the instance that one, too, or take it from its driver`,
        );
      }
      groups.add(group);
    }
  }
  return [...groups].sort((a, b) => Number(a) - Number(b));
}

const isHarmless = (found: PciFunction): boolean =>
  harmless.includes(found.driver) || found.class >> 16 === bridgeClass;

function missingGroup(address: string, all: readonly PciFunction[]): string {
  if (all.some(({ group }) => group !== undefined)) return `the host's IOMMU does not cover ${address}`;
  return (
    "the host has no IOMMU, without which a device could write to all of its memory; turn on VT-d (Intel) or AMD-Vi in the firmware, " +
    "and boot Intel hosts with intel_iommu=on"
  );
}

export function unavailable(device: string, problem: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "passthrough_unavailable", message: `Device "${device}": ${problem}.`, cause });
}
