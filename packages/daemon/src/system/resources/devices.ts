import { join } from "node:path";
import type { GpuCard, Resources, ResourceUsbDevice } from "@lodge/api";
import { type PciFunction, pciDirectory } from "../pci-functions.ts";
import { linkedName, namesIn, readNumber, readText } from "../sys-files.ts";
import { pciPlace } from "./pci-place.ts";

/** Base class of display controllers. */
const display = 0x03;

export async function describePci(functions: readonly PciFunction[], sys = "/sys"): Promise<Resources["pci"]> {
  const devices = await Promise.all(
    functions.map(async (pci) => ({ ...(await pciPlace(pci, sys)), iommu_group: Number(pci.group ?? 0) || 0 })),
  );
  return { devices, total: devices.length };
}

export async function describeGpus(functions: readonly PciFunction[], sys = "/sys"): Promise<Resources["gpu"]> {
  const cards = await Promise.all(
    functions
      .filter((pci) => pci.class >> 16 === display)
      .map(async (pci): Promise<GpuCard> => {
        const place = await pciPlace(pci, sys);
        return pci.card === undefined ? place : { ...place, drm: await readDrm(pci, pci.card, sys) };
      }),
  );
  return { cards, total: cards.length };
}

async function readDrm(pci: PciFunction, card: number, sys: string): Promise<NonNullable<GpuCard["drm"]>> {
  const at = join(pciDirectory(pci.address, sys), "drm");
  const names = await namesIn(at);
  const render = names.find((name) => name.startsWith("renderD")) ?? "";
  const control = names.find((name) => name.startsWith("controlD")) ?? "";
  const device = (name: string) => (name ? readText(join(at, name, "dev")) : Promise.resolve(""));
  return {
    id: card,
    card_name: `card${card}`,
    card_device: await device(`card${card}`),
    control_name: control,
    control_device: await device(control),
    render_name: render,
    render_device: await device(render),
  };
}

export async function readUsbDevices(sys = "/sys"): Promise<Resources["usb"]> {
  const root = join(sys, "bus/usb/devices");
  const names = await namesIn(root);
  const found = await Promise.all(
    names.map(async (name): Promise<ResourceUsbDevice[]> => {
      const at = join(root, name);
      const [bus, number] = await Promise.all([readNumber(join(at, "busnum")), readNumber(join(at, "devnum"))]);
      // Interfaces of devices stand there, too; they have no such numbers.
      if (bus === 0 || number === 0) return [];
      const [vendorId, productId, vendor, product, speed] = (await Promise.all(
        ["idVendor", "idProduct", "manufacturer", "product", "speed"].map((file) => readText(join(at, file))),
      )) as [string, string, string, string, string];
      const interfaces = await Promise.all(
        names.filter((each) => each.startsWith(`${name}:`)).map((each) => readInterface(join(root, each))),
      );
      const ids = { vendor_id: vendorId, product_id: productId, vendor, product };
      return [{ bus_address: bus, device_address: number, speed: Number(speed) || 0, ...ids, interfaces }];
    }),
  );
  return { devices: found.flat(), total: found.flat().length };
}

async function readInterface(at: string): Promise<ResourceUsbDevice["interfaces"][number]> {
  const hexadecimal = async (file: string) => Number.parseInt(await readText(join(at, file)), 16) || 0;
  return {
    number: await hexadecimal("bInterfaceNumber"),
    ...{ class_id: await hexadecimal("bInterfaceClass"), class: "" },
    ...{ subclass_id: await hexadecimal("bInterfaceSubClass"), subclass: "" },
    driver: (await linkedName(join(at, "driver"))) ?? "",
    driver_version: await readText(join(at, "driver/module/version")),
  };
}
