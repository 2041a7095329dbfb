import type { Logger } from "pino";
import { askGuest } from "../guest/ask-guest.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { memoryOf } from "./grow.ts";
import { type GuestChange, type GuestSize, guestScript, readGuestSize } from "./guest-size.ts";
import { moveMemory } from "./move-memory.ts";

/** Milliseconds for a guest to put to use what it has got; emulated ones on a busy host are slow. */
const patience = 20_000;

/** The same for a guest that boots and has much else to do. */
const bootPatience = { still: 15_000 };

/** Has the guest use what it is to use, and returns what it says that it uses; undefined when it does not answer. */
export async function settleGuest(vm: VirtualMachine, change: GuestChange = {}): Promise<GuestSize | undefined> {
  const said = await askGuest(vm, guestScript(change), patience);
  const size = said === undefined ? undefined : readGuestSize(said);
  if (size) vm.guestSize = { cpus: size.cpus, memory: size.memory };
  return size;
}

/**
 * Sees to it, once in a run, that a guest which boots takes into use what comes beside what it booted with. Returns whether it can:
 * false when it has taken nothing.
 */
export async function takeBeginning(vm: VirtualMachine, log: Logger): Promise<boolean> {
  const { machine } = vm.record;
  if (!machine?.room) return true;
  const qmp = vm.qmp();
  await settleGuest(vm);
  const { requested, taken } = await memoryOf(qmp);
  if (requested === taken) return true;
  const memory = await moveMemory(qmp, { ...machine, room: machine.room }, machine.memory + requested, bootPatience);
  const guest = await settleGuest(vm);
  const missing = machine.memory + requested - memory;
  if (missing > 0) log.warn({ memory, missing, guest }, "a guest does not use all the memory that it was started with");
  return memory > machine.memory;
}
