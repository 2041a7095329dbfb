import { setTimeout as delay } from "node:timers/promises";
import type { MachineSize } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import { memoryStep, type Room } from "../hardware/growth.ts";
import { memoryOf, requestMemory } from "./grow.ts";

/** A machine whose memory can be moved: with what it booted, and how much more there can be. */
export interface MovableMemory extends Pick<MachineSize, "memory"> {
  readonly room: Room;
}

export interface MovePatience {
  /** Milliseconds without any change after which the guest is taken to do no more. Default: 3 s. */
  readonly still?: number;
  /** Milliseconds for all of it. Default: 60 s. */
  readonly whole?: number;
  /** Ends it early, and leaves it to whoever does that what the guest is asked for: see `stayAsIs`. */
  readonly signal?: AbortSignal;
}

/** Milliseconds between looks, which cost the guest nothing: growing, because most moves are short. */
const looks = { first: 5, last: 100, growth: 1.5 };

/**
 * Moves what a running machine has of memory towards `bytes`, and returns the bytes that its guest has then, of which it booted with
 * `machine.memory`.
 *
 * It guarantees: the memory stays between what the machine booted with and that with all its room; what is asked beyond is taken for the nearest of
 * these, and for whole steps of `memoryStep`. It never waits longer than its patience. A guest gives back only pages that it has
 * free or can move, and nothing of it is killed for that by the host; but one that is asked for more than it can do without looks for that with all
 * its might and does little else: callers know what it has available, see `needed`. Where the guest stops half way (it uses the memory, or
 * has no driver for it), what it has by then is what it is asked to have from then on: it does not go on later, unobserved, and the same call can be made
 * again. Growth is at the guest's disposal when this returns, if its kernel was told to use what comes (`settleGuest`).
 * No process is started, and the guest's agent is not needed. Callers see to it that two moves of one machine do not overlap, and that the
 * control group of QEMU allows as much: raise its limit before, lower it after.
 */
export async function moveMemory(
  qmp: QmpClient,
  machine: MovableMemory,
  bytes: number,
  { still = 3_000, whole = 60_000, signal }: MovePatience = {},
): Promise<number> {
  const wanted = growthFor(machine, bytes);
  if ((await memoryOf(qmp)).requested !== wanted) await requestMemory(qmp, wanted);
  const end = Date.now() + whole;
  let { taken } = await memoryOf(qmp);
  let changed = Date.now();
  for (let pause = looks.first; taken !== wanted; pause = Math.min(pause * looks.growth, looks.last)) {
    const now = Date.now();
    signal?.throwIfAborted();
    if (now > end || now - changed > still) {
      taken = await stayAsIs(qmp);
      break;
    }
    await delay(pause, undefined, { ...(signal && { signal }) }).catch(() => undefined);
    const before = taken;
    ({ taken } = await memoryOf(qmp));
    if (taken !== before) changed = Date.now();
  }
  return machine.memory + taken;
}

/** Bytes beside those that it booted with, so that it has `bytes` as nearly as it can. */
export function growthFor({ memory, room }: MovableMemory, bytes: number): number {
  const more = Math.min(Math.max(bytes - memory, 0), room.reserve);
  return Math.floor(more / memoryStep) * memoryStep;
}

/** The guest is to have what it has. Returns the bytes beside those that it booted with. */
export async function stayAsIs(qmp: QmpClient): Promise<number> {
  const { taken } = await memoryOf(qmp);
  await requestMemory(qmp, taken);
  return taken;
}
