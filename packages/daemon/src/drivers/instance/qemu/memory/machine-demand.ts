/** From what the host and the guest say, what a virtual machine demands of memory. Pure. */
import type { MemoryDemand } from "@lodge/core";
import { demandBetween, type Moment } from "../../../../system/memory/demand.ts";
import type { TimedReport } from "./guest-memory.ts";

/** What the host knows. Bytes. */
export interface MachineMemory {
  /** Charged to its group: of the guest's memory what it has touched, and QEMU itself. */
  readonly used: number;
  /** That the guest has now. */
  readonly size: number;
  /** It can have no less: what it started with. */
  readonly base: number;
  /** As much as its configuration lets it have. */
  readonly most: number;
  readonly accelerator: "kvm" | "tcg";
}

/** What the guest says. */
export interface GuestWord {
  readonly now: TimedReport;
  /** The report before. */
  readonly before?: TimedReport | undefined;
  /** Milliseconds since it was last seen to work. */
  readonly rest: number;
  /** Bytes of the host's memory that it has taken since it said so. */
  readonly taken: number;
}

/** Seconds that a guest takes to have what it is given. Emulated about that, as the governor's benchmark shows; with KVM an assumption. */
const lead = { kvm: 0.5, tcg: 2 } as const;
/** Of the host's memory beside the guest's: QEMU, and what it has translated where it emulates. */
const overhead = 64 * 2 ** 20;
/** What a guest must have beyond what it cannot do without: its kernel kills where it finds none. At least this, … */
const leastSlack = 64 * 2 ** 20;
/** … and this share of all that it has. */
const slackShare = 0.125;

/** Without a report nothing is known but what it costs: all of that counts as worked with, and its size stays as it is. */
export function machineDemand(machine: MachineMemory, word?: GuestWord): MemoryDemand {
  const { used, size, base, most } = machine;
  const bounds = {
    lead: lead[machine.accelerator],
    target: size,
    filled: Math.min(used, size),
    least: Math.min(base, most),
    most,
  };
  if (!word) return { ...bounds, used, workingSet: used, pressure: 0, refaults: 0, least: Math.min(size, most) };
  const { now, before, rest, taken } = word;
  const { report } = now;
  const of = ({ at, report: reading }: TimedReport): Moment => ({ at, reading: { ...reading, cpu: 0 } });
  const guest = demandBetween(before && of(before), of(now), { target: size, most, rest, swap: report.swap });
  // Its kernel keeps some for itself.
  const kept = Math.max(0, size - report.total);
  const slack = Math.max(leastSlack, report.total * slackShare);
  return {
    ...bounds,
    used,
    filled: Math.min(size, report.used + kept + taken),
    workingSet: Math.min(used, guest.workingSet + kept + overhead),
    pressure: guest.pressure,
    refaults: guest.refaults,
    least: Math.min(most, size, Math.max(bounds.least, guest.least + kept + slack)),
  };
}
