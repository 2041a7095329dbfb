import { LodgeError } from "@lodge/api/errors";
import type { AttachedDisk, DiskBus, RootDisk } from "@lodge/core";
import type { TapNic } from "../machine-spec.ts";
import type { MachineFunctions } from "../passthrough/arguments.ts";
import type { ChosenDevice } from "../passthrough/choose.ts";
import { bootIndex, bootOrder } from "./boot-order.ts";
import { deviceId } from "./device.ts";
import { type MachineDisk, sataPorts, scsiBus, takesPort, usbBus } from "./disks.ts";
import type { MachineNic } from "./nics.ts";
import { assignPorts, type PortMap, portBus, portCount } from "./ports.ts";
import type { MachineShare } from "./shares.ts";

/** A disk as it is to be, before its file has been opened. */
export type DiskPlan = Omit<MachineDisk, "content">;

/** What a machine is to be laid out of. */
export interface Parts {
  readonly rootDisk: Pick<RootDisk, "device" | "bus" | "bootPriority">;
  readonly disks: readonly AttachedDisk[];
  readonly nics: readonly TapNic[];
  /** Of the host. */
  readonly functions: readonly ChosenDevice[];
  /** Names of the directories that are shared. */
  readonly shares: readonly string[];
  /** Ports of earlier runs. */
  readonly ports: PortMap;
}

export interface Layout {
  readonly root: DiskPlan;
  /** In the order of `Parts.disks`. */
  readonly disks: readonly DiskPlan[];
  readonly nics: readonly MachineNic[];
  /** Of the host. */
  readonly functions: readonly MachineFunctions[];
  /** In the order of `Parts.shares`. */
  readonly shares: readonly MachineShare[];
  /** To be kept for the next run. */
  readonly ports: PortMap;
  readonly portCount: number;
  /** The firmware tries the root disk before all others. */
  readonly rootFirst: boolean;
}

/** Gives every disk, nic, share and device of the host its place on its bus and in the order in which the firmware boots. */
export function layOut({ rootDisk, disks, nics, functions, shares, ports: kept }: Parts): Layout {
  const named = nics.map((nic) => ({ ...nic, name: nic.device }));
  const order = bootOrder({ ...rootDisk, name: rootDisk.device }, [...disks, ...named]);
  const shapes = disks.map((disk) => diskShape(disk));
  const inPorts = [...named, ...shapes.filter(({ bus }) => takesPort(bus)), ...functions];
  const ids = [...inPorts.map(({ name }) => name), ...shares].map(deviceId);
  const ports = assignPorts(kept, ids);
  if (!ports)
    throw tooMany(`${ids.length} disks, nics, directories and devices of the host have no room on its PCI bus`);
  const place = placer(ports);
  const root = { name: rootDisk.device, bus: rootDisk.bus ?? "virtio-blk", readonly: false, cdrom: false };
  return {
    root: { ...root, ...(takesPort(root.bus) ? {} : place(root)), ...bootIndex(order, root.name) },
    disks: shapes.map((disk) => ({ ...disk, ...place(disk), ...bootIndex(order, disk.name) })),
    nics: nics.map((nic) => ({ ...nicShape(nic), ...placeInPort(ports, nic.device), ...bootIndex(order, nic.device) })),
    functions: functions.map(({ name, functions: parts }) => ({
      ...{ name, addresses: parts.map(({ address }) => address) },
      ...placeInPort(ports, name),
    })),
    shares: shares.map((name) => ({ name, ...placeInPort(ports, name) })),
    ports,
    portCount: portCount(ports, ids),
    rootFirst: order[0] === root.name,
  };
}

/** What the guest sees a disk as. `isoBus` is for an ISO of which nothing is said: q35 has SATA, and every system knows that. */
export function diskShape(disk: AttachedDisk, isoBus: DiskBus = "ahci"): Omit<DiskPlan, "place" | "bootindex"> {
  const iso = disk.format === "iso";
  const bus = disk.bus ?? (iso ? isoBus : "virtio-blk");
  const readonly = iso || disk.readonly;
  if (bus === "ahci" && readonly && !iso) {
    throw new LodgeError({
      code: "config_value_invalid",
      message: `Device "${disk.name}" cannot be read-only on ahci; set io.bus to another one.`,
    });
  }
  return { name: disk.name, bus, readonly, cdrom: iso && !takesPort(bus), ...(disk.shared && { shared: disk.shared }) };
}

export function nicShape(nic: TapNic): Omit<MachineNic, "place" | "bootindex"> {
  return { name: nic.device, mac: nic.mac, mtu: nic.mtu, model: nic.model ?? "virtio" };
}

type Shape = Pick<DiskPlan, "name" | "bus">;

/** Where disks go, in the order in which they are asked for. */
function placer(ports: PortMap): (disk: Shape) => { readonly place: string } {
  let sata = 0;
  return ({ name, bus }) => {
    switch (bus) {
      case "virtio-blk":
      case "nvme":
        return placeInPort(ports, name);
      case "virtio-scsi":
        return { place: scsiBus };
      case "usb":
        return { place: usbBus };
      case "ahci":
        if (sata === sataPorts) throw tooMany(`it has more than ${sataPorts} disks on ahci`);
        return { place: `ide.${sata++}` };
    }
  };
}

const placeInPort = (ports: PortMap, name: string): { readonly place: string } => ({
  place: portBus(ports[deviceId(name)] ?? 0),
});

function tooMany(problem: string): LodgeError {
  return new LodgeError({
    code: "config_value_invalid",
    message: `The virtual machine cannot start: ${problem}. Put disks on usb or virtio-scsi (io.bus).`,
  });
}
