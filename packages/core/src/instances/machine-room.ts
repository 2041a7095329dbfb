/** How a virtual machine begins so that it can be made smaller and larger while it runs. */
import type { Config } from "@lodge/api";
import type { HostCapacity } from "./configuration.ts";
import { type MachineSize, machineSize } from "./machine-size.ts";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/** Bytes that machines boot with at least: enough for a Debian. */
export const leastMemory = 256 * mebibyte;

/** The most that a machine may come to have, and how it begins. */
export interface MachineRoom extends MachineSize {
  /**
   * Bytes of its memory that are there at its boot and stay; the rest of what it is to have comes while its guest boots, and can be taken
   * away again. Only where the guest is known to take that into use by itself; elsewhere the machine has no room. Missing: all its memory
   * is there at its boot, and it has room whatever its guest is.
   */
  readonly boot?: number;
}

/** What the host has, memory in whole GiB: no instance may have more. */
export function hostRoom({ cpus, memory }: HostCapacity): MachineSize {
  return { cpus, memory: Math.ceil(memory / gibibyte) * gibibyte };
}

/**
 * Half of the memory can be taken away: what the kernel makes of the other half at boot (tables, shares for file systems in memory) fits both
 * sizes well enough, and forks of the machine share it.
 */
export const bootMemory = (memory: number): number => Math.min(memory, Math.max(leastMemory, memory / 2));

/** Of a machine that boots. */
export function machineRoom(config: Config, host: HostCapacity): MachineRoom {
  return { ...hostRoom(host), boot: bootMemory(machineSize(config).memory) };
}
