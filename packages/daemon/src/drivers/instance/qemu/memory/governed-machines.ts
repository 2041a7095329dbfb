import { setTimeout as delay } from "node:timers/promises";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceId, MemoryDemand } from "@lodge/core";
import { connectGuestAgent } from "@lodge/qmp";
import type { GroupMemory } from "../../../../system/memory/group-memory.ts";
import { LatestWork } from "../../../../system/memory/latest-work.ts";
import type { MemoryReading } from "../../../../system/memory/reading.ts";
import { memoryOf } from "../size/grow.ts";
import { growthFor, type MovableMemory, moveMemory, stayAsIs } from "../size/move-memory.ts";
import type { MachineRecord } from "../state/machine-record.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { GuestMemory, type TimedReport } from "./guest-memory.ts";
import { type GuestWord, type MachineMemory, machineDemand } from "./machine-demand.ts";

export interface GovernedMachinesOptions {
  /** Of QEMUs' groups. */
  readonly memory: GroupMemory;
  /** Milliseconds. */
  readonly clock: () => number;
}

/** What is known of a machine that runs. */
interface Governed {
  readonly vm: VirtualMachine;
  readonly guest: GuestMemory;
  /** Bytes that its configuration lets it have. */
  most: number;
  /** Bytes that it has; undefined: QEMU has not been asked. */
  size?: number;
  /** Its QEMU's CPU time (nanoseconds), when that was read, and when it was last seen to work. */
  cpu: number;
  readAt: number;
  workedAt: number;
  before?: TimedReport;
  now?: TimedReport;
  /** Bytes that it used when that came. */
  usedThen: number;
  /** What it is on its way to. */
  move?: Move;
}

interface Move {
  /** Bytes. */
  readonly wanted: number;
  readonly done: Promise<void>;
}

/** Milliseconds for an agent to answer, and for QEMU. */
const agentPatience = 3_000;
const qemuPatience = 500;
/** A guest that gives nothing back any more in this time gives no more for now; a busy host lets it take its time. Nobody waits so long, and another wish replaces it. */
const moving = { still: 8_000, whole: 30_000 };
/** Of these so many are waited for, because others wait for what it gives: what comes later the next round finds. Nobody waits for a release. */
const awaited = { target: 800, release: 5_000 };
/** Bytes by which two wishes differ for which a guest does not begin anew. */
const aboutTheSame = 32 * 2 ** 20;
/** Share of one CPU from which a machine works: an idle Linux under emulation takes a few hundredths. */
const idleShare = 0.05;

/** Moves memory between machines that run: by virtio-mem, which takes nothing that a guest does not give. */
export class GovernedMachines {
  readonly #options: GovernedMachinesOptions;
  readonly #machines = new Map<InstanceId, Governed>();
  readonly #moves = new LatestWork<InstanceId>();

  constructor(options: GovernedMachinesOptions) {
    this.#options = options;
  }

  /** `most`: bytes that its configuration lets it have. */
  begin(id: InstanceId, vm: VirtualMachine, most: number): void {
    const { clock } = this.#options;
    const connect = () => connectGuestAgent({ path: vm.directory.agent, timeout: agentPatience });
    const at = clock();
    this.#machines.set(id, {
      ...{ vm, most, guest: new GuestMemory({ connect, clock }) },
      ...{ cpu: 0, readAt: at, workedAt: at, usedThen: 0 },
    });
  }

  end(id: InstanceId): void {
    this.#machines.delete(id);
  }

  /** Does work that gives a machine the size of another configuration, alone. */
  async configure<T>(id: InstanceId, most: number, work: () => Promise<T>): Promise<T> {
    const moved = this.#machines.get(id)?.move !== undefined;
    return this.#moves.run(id, async () => {
      const machine = this.#machines.get(id);
      if (machine && moved) await stayAsIs(machine.vm.qmp());
      const done = await work();
      if (machine) machine.most = most;
      return done;
    });
  }

  async demand(id: InstanceId): Promise<MemoryDemand | undefined> {
    const machine = this.#machines.get(id);
    const reading = machine && (await this.#options.memory.read(id));
    if (!machine || !reading) return undefined;
    const at = this.#options.clock();
    const share = at > machine.readAt ? (reading.cpu - machine.cpu) / 1e6 / (at - machine.readAt) : 0;
    if (share > idleShare) machine.workedAt = at;
    Object.assign(machine, { cpu: reading.cpu, readAt: at });
    const used = ownMemory(reading);
    this.#listen(machine, used, share > idleShare);
    if (!machine.vm.ready) return beginning(machine.most, used);
    return machineDemand(await memoryNow(machine, used), this.#wordOf(machine, used));
  }

  async setTarget(id: InstanceId, bytes: number, patience = awaited.target): Promise<number> {
    const machine = this.#machines.get(id);
    if (!machine) {
      throw new LodgeError({ code: "instance_wrong_state", message: `The instance ${id} is not running; try again.` });
    }
    const { vm, most } = machine;
    const movable = movableOf(vm.record.machine);
    if (!movable) return vm.record.memory;
    if (!vm.ready) return most;
    const reading = await this.#options.memory.read(id);
    const used = reading ? ownMemory(reading) : 0;
    const has = await memoryNow(machine, used);
    const { least } = machineDemand(has, this.#wordOf(machine, used));
    const wanted = Math.min(Math.max(bytes, least), most);
    // One that is asked for the same again, or gives and is to give still more, goes on: whoever begins anew with each look gets nowhere.
    const { move } = machine;
    const same = move && growthFor(movable, move.wanted) === growthFor(movable, wanted);
    const gives = move && Math.max(wanted, move.wanted) < has.size && wanted < move.wanted + aboutTheSame;
    await within(patience, move && (same || gives) ? move.done : this.#move(id, machine, movable, wanted));
    return (await memoryNow(machine, used)).size;
  }

  #move(id: InstanceId, machine: Governed, movable: MovableMemory, wanted: number): Promise<void> {
    // One that is given up for another goes on with that: a guest that was told to stop between would begin anew each time.
    const done = this.#moves.run(id, async (superseded) => {
      await moveMemory(machine.vm.qmp(), movable, wanted, { ...moving, signal: superseded }).catch((error: unknown) => {
        // A move that is given up has moved something.
        if (!superseded.aborted) throw error;
      });
    });
    const move = { wanted, done };
    machine.move = move;
    done
      .catch(() => undefined)
      .finally(() => {
        if (machine.move === move) delete machine.move;
      });
    return done;
  }

  async release(id: InstanceId): Promise<void> {
    const machine = this.#machines.get(id);
    const movable = machine && movableOf(machine.vm.record.machine);
    if (!movable) return;
    const { requested } = await memoryOf(machine.vm.qmp());
    if (requested !== growthFor(movable, machine.most)) await this.setTarget(id, machine.most, awaited.release);
  }

  /** A guest that stands still, or is not there yet, is not asked. */
  #listen(machine: Governed, used: number, busy: boolean): void {
    const { vm, guest, now } = machine;
    const latest = vm.ready && !vm.early ? guest.latest(busy) : undefined;
    if (!latest) {
      delete machine.before;
      delete machine.now;
    } else if (latest.at !== now?.at) {
      if (now) machine.before = now;
      machine.now = latest;
      machine.usedThen = used;
    }
  }

  #wordOf({ now, before, workedAt, usedThen }: Governed, used: number): GuestWord | undefined {
    return now && { now, before, rest: this.#options.clock() - workedAt, taken: Math.max(0, used - usedThen) };
  }
}

/**
 * Without what the host keeps of its disks: the guest keeps that itself, so the host's copy is of the host's cache and goes first when memory
 * is short, whoever it is charged to.
 */
const ownMemory = ({ used, activeFile, inactiveFile }: MemoryReading): number =>
  Math.max(0, used - activeFile - inactiveFile);

/** A guest that boots is to take all that its configuration says: nobody moves it meanwhile. Nor one that stands still. */
function beginning(most: number, used: number): MemoryDemand {
  return { used, workingSet: used, pressure: 0, refaults: 0, target: most, least: most, most };
}

/** QEMU's last word where it does not answer in time. */
async function memoryNow(machine: Governed, used: number): Promise<MachineMemory> {
  const { vm, most } = machine;
  const movable = movableOf(vm.record.machine);
  const { accelerator } = vm.record.hardware;
  if (!movable) {
    const size = vm.record.memory;
    return { used, size, base: size, most: size, accelerator };
  }
  try {
    const devices = await vm.qmp().executeWithin(qemuPatience, "query-memory-devices");
    machine.size = movable.memory + devices.reduce((sum, { data }) => sum + (data.size ?? 0), 0);
  } catch {
    // As it was: nobody decides on a machine whose QEMU stands still.
  }
  return { used, size: machine.size ?? most, base: movable.memory, most, accelerator };
}

function movableOf(machine: MachineRecord | undefined): MovableMemory | undefined {
  return machine?.room && { ...machine, room: machine.room };
}

/** Waits for work, not for long: what it does later nobody waits for. Throws what it has thrown by then. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const ended = new AbortController();
  work.finally(() => ended.abort()).catch(() => undefined);
  const time = delay(milliseconds, undefined, { signal: ended.signal }).catch(() => undefined);
  await Promise.race([work, time]);
}
