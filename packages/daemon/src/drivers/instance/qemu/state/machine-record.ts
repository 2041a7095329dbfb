/** What a machine is made of, as far as a state of it only fits a machine that is made of the same. */
import type { InstanceSpec, MachineSize } from "@lodge/core";
import type { Accelerator } from "../accelerator/verdict.ts";
import type { BootPlan } from "../firmware/choose.ts";
import { callPort } from "../hardware/channels.ts";
import { deviceId } from "../hardware/device.ts";
import { scsiControllerId } from "../hardware/disks.ts";
import type { Room } from "../hardware/growth.ts";
import type { DiskPlan, Layout } from "../hardware/layout.ts";
import type { MachineNic } from "../hardware/nics.ts";
import type { ProcessorModel } from "../hardware/processor.ts";
import { isWindows } from "../machine-spec.ts";
import type { RunPlan } from "../run-plan.ts";

export interface MachineRecord {
  /** A versioned type. */
  readonly machine: string;
  readonly accelerator: Accelerator;
  readonly processor: ProcessorModel;
  /** Those that it started with. */
  readonly cpus: number;
  /** Bytes that it started with. */
  readonly memory: number;
  readonly room?: Room;
  /** What it has beside what it started with. */
  readonly grown?: MachineSize;
  /** Its memory is in huge pages of the host's. */
  readonly hugePages?: true;
  readonly windows: boolean;
  readonly boot: BootPlan;
  readonly layout: Layout;
  /** QEMU's bus of a controller for virtio-scsi that came while it ran. */
  readonly scsiBus?: string;
  readonly tpm: boolean;
  /** It has the port of `callPort`. */
  readonly call?: true;
  /** The user's own arguments. */
  readonly raw: string;
}

/** Devices that came while the machine ran, whether or not they are still there. */
export interface PluggedDevices {
  readonly disks: readonly DiskPlan[];
  readonly nics: readonly MachineNic[];
  readonly scsiBus?: string;
}

export const nothingPlugged: PluggedDevices = { disks: [], nics: [] };

/** The machine as it starts. */
export function machineRecord({ config }: Pick<InstanceSpec, "config">, plan: RunPlan): MachineRecord {
  const { machine, accelerator, processor, boot, layout, tpm, size, room, hugePages, scsiBus, call } = plan;
  return {
    ...{ machine, accelerator, processor, boot, layout, tpm, ...size },
    ...(room && { room }),
    ...(hugePages && { hugePages }),
    ...(scsiBus !== undefined && { scsiBus }),
    ...(call && { call }),
    windows: isWindows(config),
    raw: config["raw.qemu"] ?? "",
  };
}

/** The machine as it is now. `present`: QEMU's ids of its devices. */
export function machineNow(
  started: MachineRecord,
  plugged: PluggedDevices,
  present: readonly string[],
): MachineRecord | { readonly unknown: string } {
  const disks = newest([...started.layout.disks, ...plugged.disks], present);
  const nics = newest([...started.layout.nics, ...plugged.nics], present);
  const known = [started.layout.root, ...disks, ...nics].map(({ name }) => deviceId(name));
  const unknown = present.find((id) => id.startsWith(deviceId("")) && !known.includes(id));
  if (unknown !== undefined) return { unknown };
  const scsiBus = present.includes(scsiControllerId) ? (plugged.scsiBus ?? started.scsiBus) : undefined;
  const call = present.includes(callPort.id) && ({ call: true } as const);
  const { scsiBus: _, ...rest } = started;
  return { ...rest, layout: { ...started.layout, disks, nics }, ...(scsiBus !== undefined && { scsiBus }), ...call };
}

/** Of each name the last, if it is there. */
function newest<T extends { readonly name: string }>(devices: readonly T[], present: readonly string[]): T[] {
  const byName = new Map(devices.map((device) => [device.name, device]));
  return [...byName.values()].filter(({ name }) => present.includes(deviceId(name)));
}
