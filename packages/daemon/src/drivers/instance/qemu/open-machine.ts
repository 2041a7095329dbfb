import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import { splitWords } from "@lodge/api";
import type { AttachedDisk, InstanceSpec } from "@lodge/core";
import { makeTap } from "../../../system/tap.ts";
import type { DescriptorSet, MachineDescription } from "./command-line.ts";
import type { Descriptors } from "./descriptors.ts";
import type { DiskFiles } from "./disk-file.ts";
import { findUefi } from "./firmware/ovmf.ts";
import { openVariables } from "./firmware/variables.ts";
import { type ChannelDescriptors, firstFreeSet } from "./hardware/channels.ts";
import { nodeName } from "./hardware/device.ts";
import type { MachineDisk } from "./hardware/disks.ts";
import type { Boot } from "./hardware/firmware.ts";
import { growthWords } from "./hardware/growth.ts";
import type { MemoryBacking } from "./hardware/memory.ts";
import { translationCache } from "./hardware/processor.ts";
import type { InstanceFiles } from "./instance-files.ts";
import { listenUnix } from "./listener.ts";
import { diskRoot, isWindows, openNic, type TapNic, tapNic } from "./machine-spec.ts";
import type { MachineUsb } from "./passthrough/arguments.ts";
import type { UsbFiles } from "./passthrough/usb-files.ts";
import type { RunDirectory } from "./run-directory.ts";
import type { RunPlan } from "./run-plan.ts";
import { writeKernelHead } from "./state/kernel-head.ts";
import type { LoadRequest } from "./state/load.ts";

/** A run that is to begin; its directory stands. */
export interface Beginning {
  readonly spec: InstanceSpec;
  readonly plan: RunPlan;
  readonly directory: RunDirectory;
  readonly files: InstanceFiles;
  /** Those of the instance's that are there. */
  readonly disks: DiskFiles;
  /** USB devices of the host. */
  readonly usb: UsbFiles;
  /** Directories of the host that are shared. */
  readonly shares: readonly AttachedDisk[];
  /** Those of its nics are there, or are made now and are to be connected later. */
  readonly taps: "attached" | "own";
  /** What it begins from in place of its firmware. */
  readonly state?: LoadRequest;
}

/** Connections to the processes that serve a part of the machine, as QEMU inherits them. */
export interface ServedParts {
  readonly tpm?: number;
  /** In the order of the shares. */
  readonly shares: readonly number[];
}

/** Opens all that QEMU is to have, and describes the machine that is made of it. */
export async function openMachine(
  beginning: Beginning,
  served: ServedParts,
  open: Descriptors,
): Promise<MachineDescription> {
  const { spec, plan, directory } = beginning;
  const { machine, accelerator, layout, key, room, more, scsiBus } = plan;
  const windows = isWindows(spec.config);
  const { cpus, memory } = plan.size;
  const sets = new DescriptorSets(open);
  const channels = await openChannels(beginning, open);
  const boot = await openFirmware(beginning, open, sets);
  const disks = placeDisks(beginning, sets);
  const usb = placeUsb(beginning, sets);
  const nics = layout.nics.map((nic) => ({ ...nic, descriptor: open.pass(openTapOf(beginning, nic.name)) }));
  return {
    ...{ id: spec.id, uuid: spec.uuid, hostname: spec.name, sshKey: key.publicKey, vnc: directory.vnc },
    ...{ machine, memory, boot, ports: layout.portCount, disks, channels, localTime: windows },
    ...{ usb, functions: layout.functions },
    // The same at every boot: some guests take another one for a machine that was set back.
    generation: beginning.state ? randomUUID() : spec.uuid,
    processor: {
      ...{ accelerator, cpus, model: plan.processor, hyperv: windows },
      translationCache: translationCache[beginning.state?.resumption.as === "fork" ? "fork" : "boot"],
    },
    shares: layout.shares.map((share, index) => ({ ...share, descriptor: served.shares[index] ?? -1 })),
    ...{ nics, incoming: beginning.state !== undefined },
    backing: backingOf(beginning, open),
    ...(spec.mergeMemory && { merge: true }),
    ...(room && { room }),
    ...(more !== undefined && { more }),
    ...(scsiBus !== undefined && { scsiBus }),
    sets: sets.all,
    raw: splitWords(spec.config["raw.qemu"] ?? "") ?? [],
    ...(served.tpm !== undefined && { tpm: served.tpm }),
  };
}

/** Of a shared state the memory that is there, of which each page that is written becomes a copy of this machine's own. */
function backingOf({ plan, state }: Beginning, open: Descriptors): MemoryBacking {
  if (state?.memory !== undefined) {
    return { kind: "file", path: `/proc/self/fd/${open.lend(state.memory)}`, share: false };
  }
  if (plan.hugePages) return { kind: "huge" };
  return { kind: plan.layout.shares.length > 0 ? "shared" : "own" };
}

function openTapOf({ spec, taps }: Beginning, name: string): number {
  const nic = nicOf(spec, name);
  return taps === "own" ? makeTap(nic.fabricNamespace, nic.hostInterface, spec.ids.base) : openNic(nic);
}

function nicOf({ nics }: InstanceSpec, name: string): TapNic {
  const nic = nics.find(({ device }) => device === name);
  if (nic) return tapNic(nic);
  throw new Error(`the nic ${name} was not attached`);
}

async function openChannels({ plan, directory, files }: Beginning, open: Descriptors): Promise<ChannelDescriptors> {
  return {
    qmp: open.pass(listenUnix(directory.qmp)),
    agent: open.pass(listenUnix(directory.agent)),
    ssh: open.pass(listenUnix(directory.ssh)),
    console: open.pass(listenUnix(directory.console)),
    consoleLog: open.pass(await files.consoleLog.begin()),
    ...(plan.call && { call: open.pass(listenUnix(directory.call)) }),
  };
}

async function openFirmware(
  { spec, plan, directory, state }: Beginning,
  open: Descriptors,
  sets: DescriptorSets,
): Promise<Boot> {
  if (plan.boot.kind === "direct") {
    const cmdline = plan.room ? `${plan.boot.cmdline} ${growthWords(plan.accelerator)}` : plan.boot.cmdline;
    const resumes = state && (await writeKernelHead(plan.boot.kernel, directory.kernel));
    return resumes ? { kind: "direct", kernel: directory.kernel, cmdline } : { ...plan.boot, cmdline };
  }
  const { platform, secureBoot } = plan.boot;
  if (platform === "bios") return { kind: "bios" };
  const { code, template } = await findUefi(secureBoot);
  const descriptor = open.hold(await openVariables(diskRoot(spec).state, template));
  return { kind: "uefi", secureBoot, code, variables: sets.add(descriptor, basename(template)) };
}

function placeDisks({ spec, plan, disks }: Beginning, sets: DescriptorSets): MachineDisk[] {
  const { root, disks: places } = plan.layout;
  const others = disks.all.map(({ disk, descriptor, content }) => {
    const place = places.find(({ name }) => name === disk.name);
    if (!place) throw new Error(`the disk ${disk.name} was not laid out`);
    return { ...place, content: content(sets.add(descriptor, nodeName(disk.name))) };
  });
  return [{ ...root, content: { kind: "overlay", path: diskRoot(spec).path } }, ...others];
}

function placeUsb({ usb }: Beginning, sets: DescriptorSets): MachineUsb[] {
  return usb.all.map(({ name, index, descriptor }) => {
    const path = sets.add(descriptor, nodeName(name));
    return { name, index, path };
  });
}

/** Open files that QEMU finds as `/dev/fdset/N`. */
class DescriptorSets {
  readonly all: DescriptorSet[] = [];
  readonly #open: Descriptors;

  constructor(open: Descriptors) {
    this.#open = open;
  }

  /** Returns QEMU's path of it. Its owner closes the descriptor. */
  add(descriptor: number, label: string): string {
    const set = firstFreeSet + this.all.length;
    this.all.push({ set, descriptor: this.#open.lend(descriptor), label });
    return `/dev/fdset/${set}`;
  }
}
