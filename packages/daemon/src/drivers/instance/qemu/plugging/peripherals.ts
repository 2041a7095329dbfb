import type { QmpClient } from "@lodge/qmp";
import { deviceName } from "../hardware/device.ts";

/** Where QEMU keeps the devices that were given an id. */
const peripherals = "/machine/peripheral";

/** QEMU's ids of the devices that the machine has now. */
export async function presentIds(qmp: QmpClient): Promise<string[]> {
  const members = await qmp.execute("qom-list", { path: peripherals });
  return members.filter(({ type }) => type.startsWith("child<")).map(({ name }) => name);
}

/** The devices of the configuration among them, by their names. */
export async function presentDevices(qmp: QmpClient): Promise<string[]> {
  return (await presentIds(qmp)).flatMap((id) => deviceName(id) ?? []);
}

const ofTheHost = /^child<(usb-host|vfio-pci)>$/;

/** Those that are the host's own, by their names. */
export async function hostDevices(qmp: QmpClient): Promise<string[]> {
  const members = await qmp.execute("qom-list", { path: peripherals });
  return members.filter(({ type }) => ofTheHost.test(type)).flatMap(({ name }) => deviceName(name) ?? []);
}

export const peripheralPath = (id: string): string => `${peripherals}/${id}`;
