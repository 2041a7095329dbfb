/** The host's hardware, as the kernel tells of it. No program is started for it. */
import type { Resources } from "@lodge/api";
import { readPciFunctions } from "../pci-functions.ts";
import { readComputer } from "./computer.ts";
import { readCpus } from "./cpu.ts";
import { describeGpus, describePci, readUsbDevices } from "./devices.ts";
import { readDisks } from "./disks.ts";
import { readMemory } from "./memory.ts";
import { readNetworkCards } from "./network.ts";

/** Where the kernel tells: other places in tests. */
export interface KernelFiles {
  readonly sys: string;
  readonly proc: string;
  readonly dev: string;
}

export async function readResources({ sys, proc, dev }: KernelFiles): Promise<Resources> {
  const functions = await readPciFunctions(sys);
  const byAddress = new Map(functions.map((pci) => [pci.address, pci]));
  const [cpu, memory, gpu, network, storage, usb, pci, system] = await Promise.all([
    readCpus(sys, proc),
    readMemory(sys, proc),
    describeGpus(functions, sys),
    readNetworkCards(byAddress, sys),
    readDisks(sys, dev),
    readUsbDevices(sys),
    describePci(functions, sys),
    readComputer(sys, proc),
  ]);
  return { cpu, memory, gpu, network, storage, usb, pci, system };
}
