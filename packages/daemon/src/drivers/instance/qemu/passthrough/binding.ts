import { constants } from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pciDirectory } from "../../../../system/pci-functions.ts";
import { linkedName } from "../../../../system/sys-files.ts";
import { vfioDriver } from "./isolation.ts";

/** What a function was before it was taken. */
export interface FormerBinding {
  readonly address: string;
  readonly driver?: string;
  /** The driver that whoever administers the host had chosen for it. */
  readonly override?: string;
}

/** /sys, and how it is written to: each write is a command to the kernel. */
export interface Sysfs {
  readonly path: string;
  write(path: string, text: string): Promise<void>;
}

/** Of this host. */
export const hostSysfs: Sysfs = {
  path: "/sys",
  async write(path, text) {
    // For nothing but writing: what cannot be read is not opened otherwise, also not by root.
    await using file = await open(path, constants.O_WRONLY);
    await file.writeFile(text);
  },
};

export async function formerBinding(address: string, sysfs: Sysfs): Promise<FormerBinding> {
  const directory = pciDirectory(address, sysfs.path);
  const [driver, text] = await Promise.all([
    linkedName(join(directory, "driver")),
    readFile(join(directory, "driver_override"), "utf8").catch(() => ""),
  ]);
  const override = text.trim();
  return {
    address,
    ...(driver !== undefined && { driver }),
    ...(override && override !== "(null)" && { override }),
  };
}

/** Takes a function from its driver and gives it to vfio-pci. What vfio-pci has already stays as it is. */
export async function bindToVfio({ address, driver }: FormerBinding, sysfs: Sysfs): Promise<void> {
  if (driver === vfioDriver) return;
  const directory = pciDirectory(address, sysfs.path);
  await sysfs.write(join(directory, "driver_override"), vfioDriver);
  if (driver !== undefined) await sysfs.write(join(directory, "driver", "unbind"), address);
  await sysfs.write(join(sysfs.path, "bus/pci/drivers_probe"), address);
  const now = await linkedName(join(directory, "driver"));
  if (now !== vfioDriver)
    throw new Error(`the kernel gave ${address} to ${now ?? "no driver"} instead of ${vfioDriver}`);
}

/** The reverse of `bindToVfio`, from any point of it. Nobody may use the function any more: the kernel would wait. Idempotent. */
export async function giveBack({ address, driver, override }: FormerBinding, sysfs: Sysfs): Promise<void> {
  if (driver === vfioDriver) return;
  const directory = pciDirectory(address, sysfs.path);
  const now = await formerBinding(address, sysfs);
  if (now.override === vfioDriver) await sysfs.write(join(directory, "driver_override"), `${override ?? ""}\n`);
  if (now.driver === vfioDriver) await sysfs.write(join(directory, "driver", "unbind"), address);
  const free = now.driver === undefined || now.driver === vfioDriver;
  if (free && driver !== undefined) await sysfs.write(join(sysfs.path, "bus/pci/drivers_probe"), address);
}

/** Lets the host's drivers have a USB device again, as a QEMU does that ends in good order. Idempotent. */
export async function giveUsbBack(port: string, sysfs: Sysfs): Promise<void> {
  const devices = join(sysfs.path, "bus/usb/devices");
  const interfaces = (await readdir(devices).catch((): string[] => [])).filter((name) => name.startsWith(`${port}:`));
  for (const name of interfaces) {
    const driver = await linkedName(join(devices, name, "driver"));
    if (driver === undefined) await sysfs.write(join(sysfs.path, "bus/usb/drivers_probe"), name);
  }
}
