import type { MachineSize } from "@lodge/core";
import { type Growable, memoryStep } from "../hardware/growth.ts";
import { needed } from "./guest-size.ts";

/** Why a running machine cannot have a size, as the end of a sentence; undefined: it can. */
export function sizeRefusal(asked: MachineSize, machine: Growable): string | undefined {
  const { room, cpus, memory } = machine;
  if (!room) {
    const same = asked.cpus === cpus && asked.memory === memory;
    return same
      ? undefined
      : "it was started without room for that, because its guest is not known to take it, or its memory is fixed (huge pages, devices of the host, raw.qemu)";
  }
  const most = memory + room.reserve;
  if (asked.memory < memory) return `it started with ${mebibytes(memory)} MiB that cannot be taken away`;
  if (asked.memory >= most + memoryStep) return `it has room for ${mebibytes(most)} MiB at most`;
  return asked.cpus > room.cpus ? `it has room for ${room.cpus} CPUs at most` : undefined;
}

/** Why a guest cannot give back so many bytes, as the end of a sentence; `available`: what it says that it could do without. */
export function spareRefusal(bytes: number, available: number | undefined): string | undefined {
  if (available === undefined) return "its guest does not answer, and nobody else knows what it can do without";
  const most = Math.max(0, available - needed);
  return bytes <= most
    ? undefined
    : `its guest can do without ${mebibytes(most)} MiB, and not without ${mebibytes(bytes)}`;
}

/** What is not as it was asked for, as the end of a sentence; undefined: nothing. `has.cpus` of the guest, when it is known. */
export function shortfall(asked: MachineSize, has: MachineSize): string | undefined {
  const memory = Math.abs(asked.memory - has.memory) >= memoryStep;
  if (!memory && asked.cpus === has.cpus) return undefined;
  const parts = [
    memory ? `${mebibytes(has.memory)} of ${mebibytes(asked.memory)} MiB` : undefined,
    asked.cpus === has.cpus ? undefined : `${has.cpus} of ${asked.cpus} CPUs`,
  ];
  return `it has ${parts.filter(Boolean).join(" and ")}`;
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
