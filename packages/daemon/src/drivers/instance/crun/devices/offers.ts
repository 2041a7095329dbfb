import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { AttachedDisk, InstanceDevice, NodeAccess, UnixDevice } from "@lodge/core";
import { splitNumber } from "../../../../system/device-number.ts";
import { findGpuNodes, findUsbNodes, type HostNode } from "../../../../system/host-devices.ts";
import { type DeviceNumber, type Offer, offerName } from "./offer.ts";

/**
 * What a container gets for a device, by what is on the host now; nothing when that is missing and need not be there. Else
 * `device_source_invalid`.
 */
export async function findOffers(device: InstanceDevice): Promise<Offer[]> {
  switch (device.type) {
    case "disk":
      return offerDisk(device);
    case "gpu":
      return offerNodes(device, await findGpuNodes(device), "graphics card", true);
    case "usb":
      return offerNodes(device, await findUsbNodes(device), "USB device", device.required);
    case "unix-block":
    case "unix-char":
      return offerUnix(device);
    default:
      throw invalid(device.name, `a device of type ${device.type} is for virtual machines`);
  }
}

async function offerDisk(disk: AttachedDisk): Promise<Offer[]> {
  const { name, source, path = source, readonly, shift, recursive, required } = disk;
  const found = await look(name, source);
  if (!found) return missing(name, source, required);
  const kind = found.isFile() ? "file" : "directory";
  if (!found.isFile() && !found.isDirectory() && !found.isBlockDevice()) {
    throw invalid(name, `${source} is no directory, file or block device`);
  }
  return [{ kind, name, target: path, source, mountSource: found.isBlockDevice(), readonly, shift, recursive }];
}

async function offerUnix(device: UnixDevice): Promise<Offer[]> {
  const { name, source, number, path, required } = device;
  const type = device.type === "unix-char" ? "c" : "b";
  if (number) return [nodeOffer(device, { path, ...number, type }, 0)];
  const found = await look(name, source ?? path);
  if (!found) return missing(name, source ?? path, required);
  const fits = type === "c" ? found.isCharacterDevice() : found.isBlockDevice();
  if (!fits) throw invalid(name, `${source} is no ${type === "c" ? "character" : "block"} device`);
  return [nodeOffer(device, { path, type, ...splitNumber(found.rdev) }, 0)];
}

type NodeDevice = NodeAccess & { readonly name: string };

function offerNodes(device: NodeDevice, nodes: readonly HostNode[], what: string, required: boolean): Offer[] {
  if (nodes.length === 0 && required) throw invalid(device.name, `the host has no such ${what}`);
  return nodes.map((node, index) => nodeOffer(device, node, index));
}

function nodeOffer(
  { name, uid, gid, mode }: NodeDevice,
  { path, type, major, minor }: DeviceNumber & { readonly path: string },
  index: number,
): Offer {
  const access = { uid, gid, mode };
  return { kind: "node", name: offerName(name, index), target: path, node: { type, major, minor }, access };
}

async function look(device: string, path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw invalid(device, `${path} cannot be looked at: ${error.message}`);
  });
}

function missing(device: string, path: string, required: boolean): Offer[] {
  if (required) throw invalid(device, `${path} does not exist on the host`);
  return [];
}

function invalid(device: string, problem: string): LodgeError {
  return new LodgeError({ code: "device_source_invalid", message: `Device "${device}": ${problem}.` });
}
