/**
 * Room for more than a machine starts with: memory by virtio-mem, CPUs in sockets that are empty. The memory is private to its QEMU and
 * never a template's: a guest that gives some of it back changes nobody else's.
 */
import type { MachineSize } from "@lodge/core";
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
const growthMemory = "growth.ram";

export function growthArguments({ reserve }: Room): string[] {
  if (reserve === 0) return [];
  // Of the addresses no memory is set aside: the host gives what the guest writes to, within the instance's limit.
  const memory = `memory-backend-ram,id=${growthMemory},size=${reserve / 2 ** 20}M,reserve=off`;
  const device = {
    driver: "virtio-mem-pci",
    id: growthId,
    memdev: growthMemory,
    "requested-size": 0,
    addr: slots.growth,
  };
  return ["-object", memory, ...deviceArguments(device)];
}

/** Of a machine that starts with `size`. */
export function roomFor(most: MachineSize, size: MachineSize): Room {
  return { cpus: Math.max(most.cpus, size.cpus), reserve: inSteps(most.memory - size.memory) };
}

/**
 * What a kernel that is loaded from outside is told. Where memory above 4 GiB may come, Linux sets 64 MiB aside for devices that cannot
 * reach there; no device of such a machine is one: 4 MiB are left. And it measures the speed of each processor that comes, which takes half
 * a second where the time stamp counter is not known to be constant (TCG): emulated devices mind no pause that is somewhat short, so
 * it is told that of 2 GHz, for Debian's 250 Hz. Where there may be several processors it also takes time from the slow HPET in place of that
 * counter, unless it is told that QEMU's are the same in all.
 */
export function growthWords(accelerator: Accelerator): string {
  return ["swiotlb=2048", ...(accelerator === "tcg" ? ["lpj=8000000", "tsc=reliable"] : [])].join(" ");
}

/** A machine as far as it can grow. */
export interface Growable extends MachineSize {
  readonly room?: Room;
  /** What it has beside what it started with. */
  readonly grown?: MachineSize;
}

/**
 * What of `asked` a machine has beside what it started with, once it has all of it: what is beyond a whole step of memory it lacks. Undefined:
 * it cannot have that.
 */
export function growthTo(asked: MachineSize, { cpus, memory, room, grown }: Growable): MachineSize | undefined {
  const has = grown ?? { cpus: 0, memory: 0 };
  if (!room) return asked.cpus === cpus && asked.memory === memory ? has : undefined;
  const more = { cpus: asked.cpus - cpus, memory: asked.memory - memory };
  if (more.cpus < has.cpus || more.memory < has.memory) return undefined;
  if (asked.cpus > room.cpus || more.memory > room.reserve) return undefined;
  return { cpus: more.cpus, memory: inSteps(more.memory) };
}

const inSteps = (bytes: number): number => Math.max(0, Math.floor(bytes / memoryStep) * memoryStep);
