import { isTrue } from "@lodge/api";
import { type InstanceSpec, type MachineSize, machineSize } from "@lodge/core";
import { seedDiskName } from "../cloud-init/seed-disk.ts";
import type { DiskFiles } from "../disk-file.ts";
import type { BootPlan } from "../firmware/choose.ts";
import { growthTo } from "../hardware/growth.ts";
import type { Layout } from "../hardware/layout.ts";
import { wantedHugePages } from "../huge-pages.ts";
import type { InstanceFiles } from "../instance-files.ts";
import { diskRoot, tapNic } from "../machine-spec.ts";
import type { ForkGrowth, ForkRecord } from "../run-directory.ts";
import type { Planners, RunPlan } from "../run-plan.ts";
import { type StateRecord, stateUnusable } from "./state-directory.ts";

/** The run of a machine that begins from a state: all is as it was, or it is refused. */
export async function planResumption(
  spec: InstanceSpec,
  state: StateRecord,
  disks: DiskFiles,
  files: InstanceFiles,
  planners: Planners,
): Promise<RunPlan> {
  const { machine, accelerator, processor, tpm, scsiBus, cpus, memory, room, call } = state.machine;
  const root = diskRoot(spec);
  const [known, now, { ports }, key] = await Promise.all([
    planners.program.machineType(machine),
    planners.accelerator.verdict(root.directBoot?.kernel),
    files.hardware(),
    files.sshKey(),
  ]);
  if (known !== machine) throw stateUnusable(`it is of a machine ${machine}, which this QEMU does not know any more`);
  if (now.accelerator !== accelerator) {
    throw stateUnusable(
      `it was kept under ${accelerator}, and this host runs virtual machines under ${now.accelerator}`,
    );
  }
  const present = disks.all.map(({ disk }) => disk.name);
  const layout = layoutOf(spec, state, present);
  await files.recordHardware({ machine, ports: { ...ports, ...layout.ports } });
  const boot = bootOf(spec, state.machine.boot);
  return {
    ...{ program: planners.program.file, machine, accelerator, processor, boot, layout, tpm, key },
    ...{ size: { cpus, memory }, passthrough: { devices: [], groups: [] } },
    ...(room && { room }),
    ...(state.form === "copy" && (await wantedHugePages(spec))),
    ...(scsiBus !== undefined && { scsiBus }),
    ...(call && { call }),
  };
}

/** Whatever the configuration asks for that a running machine cannot be given. */
export function checkFit({ config, rootDisk, devices, resume }: InstanceSpec, { machine, form }: StateRecord): void {
  if (form !== "copy" && isTrue(config["limits.memory.hugepages"])) {
    throw stateUnusable("a fork's memory cannot be in huge pages (limits.memory.hugepages)");
  }
  const { cpus, memory } = machineSize(config);
  const fork = resume?.as === "fork";
  const wanted = growthTo({ cpus, memory }, machine, fork);
  const has = machine.grown ?? noGrowth;
  // It may have had less than its configuration says, see `moveMemory`: it gets the rest when it goes on.
  const fits = wanted !== undefined && (wanted.cpus === has.cpus || fork);
  const asked: readonly (readonly [string, unknown, unknown])[] = [
    ...(fits ? [] : ([["limits.cpu", machine.cpus + has.cpus, cpus]] as const)),
    ...(fits ? [] : ([["limits.memory in bytes", machine.memory + has.memory, memory]] as const)),
    ["raw.qemu", machine.raw, config["raw.qemu"] ?? ""],
    ["the root disk's device", machine.layout.root.name, rootDisk.device],
  ];
  const cold = devices.find(({ type }) => type !== "disk");
  if (cold)
    throw stateUnusable(`its ${cold.type} device "${cold.name}" came since, and a machine has such from its start`);
  const changed = asked.find(([, was, is]) => was !== is);
  if (changed) throw stateUnusable(`${changed[0]} was "${changed[1]}" when it was kept and is "${changed[2]}" now`);
}

const noGrowth: MachineSize = { cpus: 0, memory: 0 };

/**
 * What a machine is to get beyond what its state has, if it is: all that it has then beside what that started with. A fork may be to give back
 * some of that memory.
 */
export function resumedGrowth({ config, resume }: InstanceSpec, { machine }: StateRecord): ForkGrowth | undefined {
  const has = machine.grown ?? noGrowth;
  const asked = machineSize(config);
  const wanted = growthTo(asked, machine, resume?.as === "fork");
  if (!wanted) return undefined;
  const { cpus, memory } = machine;
  const idle = cpus + wanted.cpus > asked.cpus;
  if (!idle && wanted.cpus === has.cpus && wanted.memory === has.memory) return undefined;
  return { started: { cpus, memory }, has, wanted, cpus: asked.cpus };
}

/** What a fork is told later. */
export function forkRecord(spec: InstanceSpec, state: StateRecord): ForkRecord {
  const {
    machine: { layout },
    prepared,
  } = state;
  const growth = resumedGrowth(spec, state);
  const macs = layout.nics.flatMap(({ name, mac: was }) => {
    const nic = spec.nics.find(({ device }) => device === name);
    return nic ? [{ device: name, was, is: tapNic(nic).mac }] : [];
  });
  const nics = spec.nics.filter(({ device }) => !layout.nics.some(({ name }) => name === device));
  const cloudInit = spec.seed !== undefined && !layout.disks.some(({ name }) => name === seedDiskName);
  const optional = {
    ...(prepared !== undefined && { prepared }),
    ...(growth && { growth }),
    ...(cloudInit && { cloudInit }),
  };
  return { macs, nics, ...optional };
}

/** Every device is where it was, with the addresses that this instance's nics have. */
function layoutOf(spec: InstanceSpec, { machine: { layout } }: StateRecord, present: readonly string[]): Layout {
  const gone = layout.disks.find(({ name }) => !present.includes(name));
  if (gone) throw stateUnusable(`the disk "${gone.name}" is not there any more`);
  const nics = spec.nics.map(tapNic);
  const own = layout.nics.map((nic) => {
    const now = nics.find(({ device }) => device === nic.name);
    if (!now) throw stateUnusable(`the nic "${nic.name}" is not there any more`);
    return { ...nic, mac: now.mac };
  });
  return { ...layout, nics: own };
}

/** The kernel of the same image: the disk may have another one by now, and the machine's memory has it already. */
function bootOf(spec: InstanceSpec, boot: BootPlan): BootPlan {
  if (boot.kind !== "direct") return boot;
  const { directBoot } = diskRoot(spec);
  if (!directBoot) throw stateUnusable("the image that it was started from is gone");
  const { kernel, initrd, cmdline } = directBoot;
  return { kind: "direct", kernel, initrd, cmdline };
}
