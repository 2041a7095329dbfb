/**
 * Room for more than a machine starts with: memory by virtio-mem, CPUs in sockets that are empty. The memory is private to its QEMU and
 * never a template's: a guest that gives some of it back changes nobody else's.
 */
import type { MachineRoom, MachineSize } from "@lodge/core";
import type { Accelerator } from "../accelerator/verdict.ts";
import { deviceArguments } from "./device.ts";
import { slots } from "./ports.ts";

/** What a machine may come to have. */
export interface Room {
  /** With those that it starts with. */
  readonly cpus: number;
  /** Bytes beside those that it starts with; whole `memoryStep`s. */
  readonly reserve: number;
}

/** Bytes; Linux on x86-64 takes no less at once, whatever QEMU's block is (drivers/virtio/virtio_mem.c: MAX_ORDER). */
export const memoryStep = 4 * 2 ** 20;

export const growthId = "growth";
/** Its memory. */
export const growthMemory = "growth.ram";

/**
 * `memory`: bytes that the guest is to take into use as soon as it can. `shared`: other processes may see it, as they may see what it boots
 * with.
 */
export function growthArguments({ reserve }: Room, memory: number, shared: boolean): string[] {
  if (reserve === 0) return [];
  // Of the addresses no memory is set aside: the host gives what the guest writes to, within the instance's limit.
  const backend = shared ? "memory-backend-memfd,share=on" : "memory-backend-ram";
  const object = `${backend},id=${growthMemory},size=${reserve / 2 ** 20}M,reserve=off`;
  const device = {
    driver: "virtio-mem-pci",
    id: growthId,
    memdev: growthMemory,
    "requested-size": memory,
    addr: slots.growth,
  };
  return ["-object", object, ...deviceArguments(device)];
}

/** Of a machine that starts with `size`. */
export function roomFor(most: MachineSize, size: MachineSize): Room {
  return { cpus: Math.max(most.cpus, size.cpus), reserve: inSteps(most.memory - size.memory) };
}

/** How a machine of a size begins: what stays for its whole run, and the bytes that come beside that and can be taken away. */
export interface BeginningSize {
  readonly size: MachineSize;
  readonly more: number;
  readonly room: Room;
}

export function beginningSize(asked: MachineSize, most: MachineRoom): BeginningSize {
  const more = inSteps(asked.memory - (most.boot ?? asked.memory));
  const size = { ...asked, memory: asked.memory - more };
  return { size, more, room: roomFor(most, size) };
}

/**
 * What a kernel that is loaded from outside is told. Memory that comes is to be used at once, and in a zone out of which all can be moved as
 * long as there is enough for what cannot (Linux 5.15). Where memory above 4 GiB may come, Linux sets 64 MiB aside for devices that cannot
 * reach there; no device of such a machine is one: 4 MiB are left. And it measures the speed of each processor that comes, which takes half
 * a second where the time stamp counter is not known to be constant (TCG): emulated devices mind no pause that is somewhat short, so
 * it is told that of 2 GHz, for Debian's 250 Hz. Where there may be several processors it also takes time from the slow HPET in place of that
 * counter, unless it is told that QEMU's are the same in all.
 */
export function growthWords(accelerator: Accelerator): string {
  const memory = ["memhp_default_state=online", "memory_hotplug.online_policy=auto-movable", "swiotlb=2048"];
  return [...memory, ...(accelerator === "tcg" ? ["lpj=8000000", "tsc=reliable"] : [])].join(" ");
}

/** A machine as far as it can grow and shrink. */
export interface Growable extends MachineSize {
  readonly room?: Room;
  /** What it has beside what it started with. */
  readonly grown?: MachineSize;
}

/**
 * What of `asked` a machine has beside what it started with, once it has all of it: what is beyond a whole step of memory it lacks, and CPUs
 * that its guest is not to use stay in their places. `shrinks`: its guest can be told to give back memory that came. Undefined: it cannot have
 * that.
 */
export function growthTo(
  asked: MachineSize,
  { cpus, memory, room, grown }: Growable,
  shrinks = false,
): MachineSize | undefined {
  const has = grown ?? { cpus: 0, memory: 0 };
  if (!room) return asked.cpus === cpus && asked.memory === memory ? has : undefined;
  const more = asked.memory - memory;
  if (more < (shrinks ? 0 : has.memory) || more > room.reserve || asked.cpus > room.cpus) return undefined;
  return { cpus: Math.max(asked.cpus - cpus, has.cpus), memory: inSteps(more) };
}

const inSteps = (bytes: number): number => Math.max(0, Math.floor(bytes / memoryStep) * memoryStep);
