import { closeSync } from "node:fs";
import type { AttachedDisk, UsbDevice } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import { openDiskFile } from "../disk-file.ts";
import { diskBusy } from "../disk-lock.ts";
import { type DeviceProperties, deviceId, netId, nodeName } from "../hardware/device.ts";
import { blockNode, diskDevices, scsiBus, scsiController, takesPort, usbBus } from "../hardware/disks.ts";
import { type DiskPlan, diskShape, nicShape } from "../hardware/layout.ts";
import { nicBackend, nicDevice } from "../hardware/nics.ts";
import { assignPorts, type PortMap, portBus } from "../hardware/ports.ts";
import { openNic, type TapNic } from "../machine-spec.ts";
import { usbDevice } from "../passthrough/arguments.ts";
import { type UsbFile, UsbFiles } from "../passthrough/usb-files.ts";
import type { PluggedDevices } from "../state/machine-record.ts";
import { plugFailed } from "./failure.ts";
import { peripheralPath, presentIds } from "./peripherals.ts";

/** A running machine that is to get a device. */
export interface PlugTarget {
  readonly qmp: QmpClient;
  /** How many PCI Express root ports it has. */
  readonly portCount: number;
  ports(): Promise<PortMap>;
  recordPorts(ports: PortMap): Promise<void>;
  /** For whoever keeps the machine's state later. */
  note(change: (plugged: PluggedDevices) => PluggedDevices): Promise<void>;
}

/** What is made is unmade when a later step fails. */
export async function plugDisk(target: PlugTarget, disk: AttachedDisk): Promise<void> {
  const { qmp } = target;
  const shape = diskShape(disk, "virtio-scsi");
  if (shape.bus === "ahci") {
    throw plugFailed(
      `Disk ${disk.name}`,
      "ahci takes no disks while the instance runs; stop it first, or set io.bus to another bus",
    );
  }
  await using file = await openDiskFile(disk);
  if (!file) return;
  await using undo = new AsyncDisposableStack();
  const opaque = nodeName(disk.name);
  const { "fdset-id": set } = await qmp.executeWithDescriptor(file.descriptor, "add-fd", { opaque });
  undo.defer(() => tolerate(qmp.execute("remove-fd", { "fdset-id": set })));
  const plan: DiskPlan = { ...shape, place: await diskPlace(target, shape) };
  const machineDisk = { ...plan, content: file.content(`/dev/fdset/${set}`) };
  try {
    await qmp.execute("blockdev-add", blockNode(machineDisk));
    undo.defer(() => tolerate(qmp.execute("blockdev-del", { "node-name": opaque })));
    await addDevices(qmp, diskDevices(machineDisk));
    await target.note((plugged) => ({ ...plugged, disks: [...plugged.disks, plan] }));
  } catch (error) {
    throw diskBusy(String(error), `Source ${disk.source} of device "${disk.name}"`) ?? error;
  }
  undo.move();
}

/** All that are on the host now; none is fine where none is required. */
export async function plugUsb(
  { qmp }: PlugTarget,
  device: UsbDevice,
  note: (files: readonly UsbFile[]) => Promise<void>,
): Promise<void> {
  await using files = await UsbFiles.open([device]);
  await note(files.all);
  await using undo = new AsyncDisposableStack();
  for (const { name, index, descriptor } of files.all) {
    const { "fdset-id": set } = await qmp.executeWithDescriptor(descriptor, "add-fd", { opaque: nodeName(name) });
    undo.defer(() => tolerate(qmp.execute("remove-fd", { "fdset-id": set })));
    const properties = usbDevice({ name, index, path: `/dev/fdset/${set}` });
    await qmp.execute("device_add", properties);
    undo.defer(() => tolerate(qmp.execute("device_del", { id: properties.id })));
  }
  undo.move();
}

/** Its network side stands. */
export async function plugNic(target: PlugTarget, nic: TapNic): Promise<void> {
  const { qmp } = target;
  await using undo = new AsyncDisposableStack();
  const place = await freePort(target, deviceId(nic.device));
  const fdname = netId(nic.device);
  const descriptor = openNic(nic);
  try {
    await qmp.executeWithDescriptor(descriptor, "getfd", { fdname });
  } finally {
    closeSync(descriptor);
  }
  undo.defer(() => tolerate(qmp.execute("closefd", { fdname })));
  await qmp.execute("netdev_add", nicBackend(nic.device, fdname));
  undo.defer(() => tolerate(qmp.execute("netdev_del", { id: netId(nic.device) })));
  const machineNic = { ...nicShape(nic), place };
  await addDevices(qmp, [nicDevice(machineNic)]);
  await target.note((plugged) => ({ ...plugged, nics: [...plugged.nics, machineNic] }));
  undo.move();
}

async function diskPlace(target: PlugTarget, { name, bus }: Pick<DiskPlan, "name" | "bus">): Promise<string> {
  if (takesPort(bus)) return freePort(target, deviceId(name));
  if (bus === "usb") return usbBus;
  const controller = scsiController();
  if (!(await presentIds(target.qmp)).includes(controller.id)) {
    const port = await freePort(target, controller.id);
    await addDevices(target.qmp, [scsiController(port)]);
    await target.note((plugged) => ({ ...plugged, scsiBus: port }));
  }
  return scsiBus;
}

/** The bus of a root port that nothing is in. */
export async function freePort(target: PlugTarget, id: string): Promise<string> {
  const kept = await target.ports();
  const inPorts = (await presentIds(target.qmp)).filter((other) => other !== id && kept[other] !== undefined);
  const ports = assignPorts(kept, [...inPorts, id], target.portCount);
  const port = ports?.[id];
  if (!ports || port === undefined) {
    throw plugFailed(id, "all PCI slots of the instance are taken; stop it first, or put disks on usb or virtio-scsi");
  }
  await target.recordPorts(ports);
  return portBus(port);
}

/** Adds devices of which each is on the one before it. */
async function addDevices(qmp: QmpClient, devices: readonly DeviceProperties[]): Promise<void> {
  const [first, ...others] = devices;
  if (!first) return;
  await qmp.execute("device_add", first);
  if (others.length === 0) return;
  try {
    for (const device of others) await qmp.execute("device_add", device);
    // The guest is shown a USB device that has parts once it is whole.
    await qmp.execute("qom-set", { path: peripheralPath(first.id), property: "attached", value: true });
  } catch (error) {
    await tolerate(qmp.execute("device_del", { id: first.id }));
    throw error;
  }
}

/** What is to be undone may not be there. */
export async function tolerate(step: Promise<unknown>): Promise<void> {
  await step.catch(() => undefined);
}
