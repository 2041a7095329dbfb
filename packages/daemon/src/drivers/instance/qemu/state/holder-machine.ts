import { stat } from "node:fs/promises";
import type { MachineDescription } from "../command-line.ts";
import { findUefi } from "../firmware/ovmf.ts";
import type { Boot } from "../hardware/firmware.ts";
import { translationCache } from "../hardware/processor.ts";
import type { MachineRecord } from "./machine-record.ts";

/** Bytes of the disks of a machine that never reads them. */
const diskSize = 2 ** 30;

/** What a holder is given; descriptors as it inherits them. */
export interface HolderParts {
  readonly id: string;
  readonly uuid: string;
  /** Path of the file that becomes the memory. */
  readonly memory: string;
  readonly qmp: number;
  /** A tap for each nic. */
  readonly taps: readonly number[];
}

/**
 * A machine that a state fits and that never runs: it has the same devices, with nothing behind them. The taps lead nowhere, and are
 * taps all the same, because what a nic can do depends on what is behind it.
 */
export async function holderMachine(machine: MachineRecord, parts: HolderParts): Promise<MachineDescription> {
  const { layout, accelerator, processor, cpus, memory, room, windows, scsiBus, call } = machine;
  return {
    ...{ id: parts.id, uuid: parts.uuid, generation: parts.uuid, hostname: "", sshKey: "" },
    ...{ machine: machine.machine, memory, boot: await bootOf(machine), ports: layout.portCount, localTime: windows },
    ...{ usb: [], functions: [], shares: [], sets: [], raw: [], incoming: true },
    // It translates nothing.
    processor: { accelerator, cpus, model: processor, hyperv: windows, translationCache: translationCache.fork },
    backing: { kind: "file", path: parts.memory, share: true },
    disks: [layout.root, ...layout.disks].map((disk) => ({ ...disk, content: { kind: "nothing", size: diskSize } })),
    nics: layout.nics.map((nic, index) => ({ ...nic, descriptor: parts.taps[index] ?? -1 })),
    channels: { qmp: parts.qmp, ...(call && { call }) },
    ...(room && { room }),
    ...(scsiBus !== undefined && { scsiBus }),
  };
}

async function bootOf({ boot }: MachineRecord): Promise<Boot> {
  if (boot.kind === "direct") return boot;
  if (boot.platform === "bios") return { kind: "bios" };
  const { code, template } = await findUefi(boot.secureBoot);
  return { kind: "uefi", secureBoot: boot.secureBoot, code, variables: (await stat(template)).size };
}
