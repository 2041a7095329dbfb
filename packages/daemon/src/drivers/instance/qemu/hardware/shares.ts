import { createHash } from "node:crypto";
import { type DeviceProperties, deviceArguments, deviceId } from "./device.ts";

/** A directory of the host that the guest mounts by virtiofs. */
export interface MachineShare {
  /** Of the device in the configuration. */
  readonly name: string;
  /** QEMU's bus. */
  readonly place: string;
}

/** Bytes of a tag (virtio 1.2, 5.11.4). */
const tagLimit = 36;

/** By which the guest mounts it (`mount -t virtiofs TAG DIRECTORY`): the device's name, when it is short enough. */
export const shareTag = (name: string): string =>
  name.length <= tagLimit
    ? name
    : `${name.slice(0, 27)}-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;

/** QEMU's id of the connection to the process that serves it. */
export const shareChannel = (name: string): string => `share-${name}`;

export function shareDevice({ name, place }: MachineShare): DeviceProperties {
  return {
    driver: "vhost-user-fs-pci",
    id: deviceId(name),
    chardev: shareChannel(name),
    tag: shareTag(name),
    bus: place,
  };
}

/** `descriptor`: a connection to the process that serves it. */
export function shareArguments(share: MachineShare, descriptor: number): string[] {
  return [
    ...["-chardev", `socket,id=${shareChannel(share.name)},fd=${descriptor}`],
    ...deviceArguments(shareDevice(share)),
  ];
}
