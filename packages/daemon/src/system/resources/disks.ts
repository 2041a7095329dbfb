import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Resources, StorageDisk } from "@lodge/api";
import { linkedName, namesIn, readNumber, readText } from "../sys-files.ts";
import { pciAddressOf } from "./pci-place.ts";

/** Of `size` in /sys, whatever the device's own blocks are. */
const sector = 512;

/** Disks of hardware: what the kernel makes of files and of other disks (loop, zram, device mapper) is on no device. */
export async function readDisks(sys = "/sys", dev = "/dev"): Promise<Resources["storage"]> {
  const root = join(sys, "block");
  const [names, byPath, byId] = await Promise.all([
    namesIn(root),
    namesOfNodes(join(dev, "disk/by-path")),
    namesOfNodes(join(dev, "disk/by-id")),
  ]);
  const disks = await Promise.all(
    names.map(async (name): Promise<StorageDisk[]> => {
      if ((await linkedName(join(root, name, "device"))) === undefined) return [];
      const paths = { device_path: byPath.get(name) ?? "", device_id: byId.get(name) ?? "" };
      return [{ ...(await readDisk(join(root, name), name)), ...paths }];
    }),
  );
  return { disks: disks.flat(), total: disks.flat().length };
}

async function readDisk(at: string, name: string): Promise<Omit<StorageDisk, "device_path" | "device_id">> {
  const text = (file: string) => readText(join(at, file));
  const number = (file: string) => readNumber(join(at, file));
  const [device, model, wwn, firmware, serial, ownSerial] = (await Promise.all(
    ["dev", "device/model", "wwid", "device/firmware_rev", "device/serial", "serial"].map(text),
  )) as [string, string, string, string, string, string];
  const [size, readOnly, removable, blockSize, rotational, node] = (await Promise.all(
    ["size", "ro", "removable", "queue/logical_block_size", "queue/rotational", "device/numa_node"].map(number),
  )) as [number, number, number, number, number, number];
  return {
    ...{ id: name, device, model, wwn, serial: serial || ownSerial, firmware_version: firmware },
    type: await busOf(at, name),
    read_only: readOnly === 1,
    removable: removable === 1,
    size: size * sector,
    block_size: blockSize,
    rpm: rotational,
    numa_node: node,
    pci_address: await pciAddressOf(join(at, "device")),
    partitions: await readPartitions(at),
  };
}

async function busOf(at: string, name: string): Promise<string> {
  if (name.startsWith("nvme")) return "nvme";
  return (await linkedName(join(at, "device/subsystem"))) ?? "";
}

async function readPartitions(at: string): Promise<StorageDisk["partitions"]> {
  const found = await Promise.all(
    (await namesIn(at)).map(async (id) => {
      const number = await readNumber(join(at, id, "partition"));
      if (number === 0) return [];
      const [device, size, readOnly] = await Promise.all([
        readText(join(at, id, "dev")),
        readNumber(join(at, id, "size")),
        readNumber(join(at, id, "ro")),
      ]);
      return [{ id, device, read_only: readOnly === 1, size: size * sector, partition: number }];
    }),
  );
  return found.flat();
}

/** By the name of the node that they lead to. */
async function namesOfNodes(directory: string): Promise<ReadonlyMap<string, string>> {
  const names = await namesIn(directory);
  const targets = await Promise.all(names.map((name) => realpath(join(directory, name)).catch(() => "")));
  return new Map(targets.map((target, place) => [target.split("/").at(-1) ?? "", names[place] ?? ""]));
}
