/** Why a state cannot be kept. Each is the end of a sentence. */
import type { StateUse } from "@lodge/core";
import type { MachineRecord } from "./machine-record.ts";

/** What is known of a machine whose state is asked for. */
export interface StateQuestion {
  /** Undefined: an earlier version of Lodge started it and did not note what it is made of. */
  readonly machine: MachineRecord | undefined;
  /** A device of the configuration that nothing was noted of. */
  readonly unknown?: string;
  /** One that is the host's own: its state is not the machine's. */
  readonly hostDevice?: string;
  /** QEMU's words. */
  readonly blocked: readonly string[];
  readonly use: StateUse;
  /** The guest runs an agent that has its port open. */
  readonly agent: boolean;
}

export function refuseState({ machine, unknown, hostDevice, blocked, use, agent }: StateQuestion): string | undefined {
  if (hostDevice !== undefined) return `its device "${hostDevice}" is one of the host`;
  const [first] = blocked;
  if (first !== undefined) return wordsOf(first);
  if (unknown !== undefined) return `nothing was noted of its device "${unknown}"; restart the instance once`;
  if (!machine) return "an earlier version of Lodge started it; restart it once";
  if (machine.layout.shares.length > 0) return "it has a shared directory";
  if (machine.tpm) return "it has a TPM, whose state another program holds";
  if (machine.raw !== "") return "raw.qemu gives it devices that Lodge does not know";
  const writable = machine.layout.disks.find(({ readonly }) => !readonly);
  if (use !== "stop" && writable) {
    return `it writes to the disk "${writable.name}", which is not part of the instance; make it read-only or take it away`;
  }
  if (use === "fork" && machine.hugePages)
    return "its memory is in huge pages (limits.memory.hugepages), of which forks have none";
  if (use === "fork" && machine.windows)
    return "its guest is Windows, which cannot be told that it has become another machine";
  if (use === "fork" && !agent) {
    return "its guest runs no QEMU guest agent, by which a fork is told what it is; install qemu-guest-agent, or wait until it has started";
  }
  return undefined;
}

function wordsOf(blocked: string): string {
  if (/vhost-user-fs|virtiofs/i.test(blocked)) return "it has a shared directory";
  if (/nvme/i.test(blocked)) return "it has a disk on nvme; set io.bus to another bus";
  return `QEMU says: ${blocked}`;
}
