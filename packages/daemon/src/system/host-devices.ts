/** Devices of the host, as /sys tells of them. */
import { basename, join } from "node:path";
import type { GpuDevice, UsbDevice } from "@lodge/core";
import { linkedName, namesIn, readNumber, readText } from "./sys-files.ts";

/** A device node as the host names it. */
export interface HostNode {
  readonly path: string;
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
  /** Of the device that the node belongs to, in /sys. */
  readonly directory: string;
}

/** The nodes of all USB devices to which everything that is given applies, sorted by path. */
export async function findUsbNodes(
  wanted: Pick<UsbDevice, "vendor" | "product" | "serial" | "bus" | "device">,
  sys = "/sys",
): Promise<HostNode[]> {
  const { bus: wantedBus, device: wantedNumber, ...words } = wanted;
  const nodes: HostNode[] = [];
  for (const directory of await entries(join(sys, "bus/usb/devices"))) {
    // Interfaces of devices stand there, too; they have no such numbers.
    const [bus, number] = await Promise.all(["busnum", "devnum"].map((file) => readNumber(join(directory, file))));
    if (!bus || !number) continue;
    const told = { vendor: "idVendor", product: "idProduct", serial: "serial" } as const;
    const fits =
      (wantedBus ?? bus) === bus && (wantedNumber ?? number) === number && (await agrees(directory, told, words));
    const path = `/dev/bus/usb/${String(bus).padStart(3, "0")}/${String(number).padStart(3, "0")}`;
    if (fits) nodes.push(...(await nodeOf(directory, path)));
  }
  return nodes.sort(byPath);
}

/** The nodes in /dev/dri of all cards to which everything that is given applies, sorted by path. */
export async function findGpuNodes(
  wanted: Pick<GpuDevice, "card" | "pci" | "vendor" | "product">,
  sys = "/sys",
): Promise<HostNode[]> {
  const all = (await entries(join(sys, "class/drm"))).filter((path) => /^(card|renderD)\d+$/.test(basename(path)));
  const drms = await Promise.all(all.map(async (path) => ({ path, parent: await linkedName(join(path, "device")) })));
  const parents = new Set<string>();
  for (const { path, parent } of drms) {
    const card = /^card(\d+)$/.exec(basename(path))?.[1];
    if (card === undefined || parent === undefined) continue;
    const told = { vendor: "vendor", product: "device" } as const;
    const fits =
      (wanted.card ?? Number(card)) === Number(card) &&
      (wanted.pci ?? parent) === parent &&
      (await agrees(join(path, "device"), told, wanted));
    if (fits) parents.add(parent);
  }
  const found = drms.filter(({ parent }) => parent !== undefined && parents.has(parent));
  const nodes = await Promise.all(found.map(({ path }) => nodeOf(path, `/dev/dri/${basename(path)}`)));
  return nodes.flat().sort(byPath);
}

/** Whether the files of a device say what is wanted; PCI's numbers begin with 0x. */
async function agrees<K extends string>(
  directory: string,
  files: Readonly<Record<K, string>>,
  wanted: Readonly<Partial<Record<NoInfer<K>, string>>>,
): Promise<boolean> {
  for (const [key, file] of Object.entries(files) as [K, string][]) {
    const value = wanted[key];
    if (value !== undefined && (await readText(join(directory, file))).replace(/^0x/, "") !== value) return false;
  }
  return true;
}

async function nodeOf(directory: string, path: string): Promise<HostNode[]> {
  const [, major, minor] = /^(\d+):(\d+)$/.exec(await readText(join(directory, "dev"))) ?? [];
  return major === undefined ? [] : [{ path, type: "c", major: Number(major), minor: Number(minor), directory }];
}

async function entries(directory: string): Promise<string[]> {
  return (await namesIn(directory)).map((name) => join(directory, name));
}

const byPath = (a: HostNode, b: HostNode): number => (a.path < b.path ? -1 : 1);
