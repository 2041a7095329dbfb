import { isTrue } from "@lodge/api";
import { type AttachedDisk, type InstanceSpec, type MachineFacts, type MachineSize, machineSize } from "@lodge/core";
import type { Accelerator, AcceleratorProvider } from "./accelerator/verdict.ts";
import type { DiskFiles } from "./disk-file.ts";
import { type BootPlan, chooseBoot } from "./firmware/choose.ts";
import { beginningSize, type Room } from "./hardware/growth.ts";
import { type Layout, layOut } from "./hardware/layout.ts";
import { describeModel, type ProcessorModel, type ProcessorPin } from "./hardware/processor.ts";
import { wantedHugePages } from "./huge-pages.ts";
import type { InstanceFiles } from "./instance-files.ts";
import { diskRoot, tapNic } from "./machine-spec.ts";
import type { Passthrough, PassthroughPlan } from "./passthrough/passthrough.ts";
import type { QemuProgram } from "./program.ts";
import type { SshKey } from "./ssh-key.ts";

/** What is decided for a run before it starts. */
export interface RunPlan {
  readonly program: string;
  readonly machine: string;
  readonly accelerator: Accelerator;
  readonly processor: ProcessorModel;
  readonly boot: BootPlan;
  readonly layout: Layout;
  /** What it starts with, and has for its whole run. */
  readonly size: MachineSize;
  /** For more while it runs. */
  readonly room?: Room;
  /** Bytes of that which its guest is to take into use while it boots. */
  readonly more?: number;
  /** Its memory is to be in huge pages of the host's. */
  readonly hugePages?: true;
  /** QEMU's bus of the controller for virtio-scsi, when it is not in a place of its own. */
  readonly scsiBus?: string;
  readonly tpm: boolean;
  /** See `callPort`. */
  readonly call?: true;
  readonly passthrough: PassthroughPlan;
  readonly key: SshKey;
}

export interface Planners {
  readonly program: QemuProgram;
  readonly accelerator: AcceleratorProvider;
  readonly passthrough: Passthrough;
}

/** Decides, and records what is to be the same in the instance's next run. */
export async function planRun(
  spec: InstanceSpec,
  disks: DiskFiles,
  shares: readonly AttachedDisk[],
  files: InstanceFiles,
  planners: Planners,
): Promise<RunPlan> {
  const { rootDisk, config, devices } = spec;
  const root = diskRoot(spec);
  const hugePages = await wantedHugePages(spec);
  const known = await files.hardware();
  const platformOf = config["volatile.base_image"] ?? "";
  const recorded = known.platformOf === platformOf ? known.platform : undefined;
  const present = disks.all.map(({ disk }) => disk);
  const passthrough = await planners.passthrough.plan(devices, machineSize(config).memory);
  const nics = spec.nics.map(tapNic);
  const parts = {
    rootDisk,
    disks: present,
    nics,
    functions: passthrough.devices,
    shares: shares.map(({ name }) => name),
  };
  const layout = layOut({ ...parts, ports: known.ports ?? {} });
  const { rootFirst, ports } = layout;
  const [machine, { accelerator }, boot, key] = await Promise.all([
    planners.program.machineType(known.machine),
    planners.accelerator.verdict(root.directBoot?.kernel),
    chooseBoot({ root, config, rootFirst, recorded, scratch: files.scratch }),
    files.sshKey(),
  ]);
  await files.recordHardware({ machine, platform: boot.platform, platformOf, ports });
  const processor = chooseProcessor(config["limits.cpu.model"], known.processors?.[accelerator]);
  const sizes = begin(spec, {
    direct: boot.plan.kind === "direct",
    passthrough,
    guestTakesMemory: known.fixedMemory !== true,
  });
  const tpm = devices.some(({ type }) => type === "tpm");
  return {
    ...{
      program: planners.program.file,
      machine,
      accelerator,
      processor,
      boot: boot.plan,
      layout,
      tpm,
      passthrough,
      key,
    },
    ...sizes,
    ...hugePages,
  };
}

interface Known {
  /** Its kernel is loaded from outside, which is only done with Lodge's own images whose boot nobody has changed. */
  readonly direct: boolean;
  readonly passthrough: PassthroughPlan;
  /** No earlier run showed that it does not. */
  readonly guestTakesMemory: boolean;
}

/**
 * With what a machine begins. Unless the caller knows better, only guests of Lodge's own images have room: what they boot is known to take
 * into use what comes. Others see all that they are to have as they would on any machine. What the host pins, memory in
 * huge pages and what the user writes by hand is left as it is, too.
 */
function begin({ config, room }: InstanceSpec, known: Known): Pick<RunPlan, "size" | "room" | "more"> {
  const size = machineSize(config);
  const fixed =
    known.passthrough.devices.length > 0 || Boolean(config["raw.qemu"]) || isTrue(config["limits.memory.hugepages"]);
  if (!room || (room.boot !== undefined && (!known.direct || fixed))) return { size };
  return beginningSize(size, known.guestTakesMemory ? room : { ...room, ...(room.boot && { boot: size.memory }) });
}

function chooseProcessor(name: string | undefined, pin: ProcessorPin | undefined): ProcessorModel {
  if (name) return { kind: "named", name };
  return pin ? { kind: "pinned", pin } : { kind: "all" };
}

/** What is to be told of the machine while it runs. */
export function machineFacts({ machine, accelerator, processor, boot, tpm }: RunPlan): MachineFacts {
  const uefi = boot.kind === "firmware" && boot.platform === "uefi";
  return {
    ...{ accelerator, machine, boot: boot.kind, firmware: uefi ? "uefi" : "bios" },
    secureBoot: boot.kind === "firmware" && boot.secureBoot,
    processor: describeModel(accelerator, processor),
    tpm,
  };
}
