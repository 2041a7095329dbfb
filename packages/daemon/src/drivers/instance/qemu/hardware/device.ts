import { createHash } from "node:crypto";

/** A device with its properties as QEMU takes them, on the command line and over QMP alike. */
export interface DeviceProperties {
  readonly driver: string;
  readonly id: string;
  readonly [property: string]: string | number | boolean;
}

export function deviceArguments(device: DeviceProperties): string[] {
  return ["-device", JSON.stringify(device)];
}

/** QEMU's option syntax: a comma in a value is written twice. */
export function escapeCommas(value: string): string {
  return value.replaceAll(",", ",,");
}

const prefix = "dev-";

/** QEMU's id of a device of the configuration. Device names are made of the characters that QEMU's ids may have. */
export const deviceId = (name: string): string => `${prefix}${name}`;

/** The device of the configuration that has this id; undefined for what every machine has. */
export const deviceName = (id: string): string | undefined =>
  id.startsWith(prefix) ? id.slice(prefix.length) : undefined;

/** Of the medium of a CD-ROM whose drive has the device's own. */
export const mediumId = (name: string): string => `medium-${name}`;

/** The disk of the configuration that QEMU calls so: by its id, or by a path in the tree of objects that leads through it. */
export const diskOfQdev = (qdev: string): string | undefined =>
  qdev
    .split("/")
    .flatMap((part) => deviceName(part) ?? (part.startsWith("medium-") ? part.slice("medium-".length) : []))[0];

/**
 * QEMU's id of one of the parts that a device of the configuration has in the machine. The first has the device's own, which names
 * have that are no part's: they begin with `dev-`.
 */
export const partId = (name: string, index: number): string => (index === 0 ? deviceId(name) : `part${index}-${name}`);

/** Whether an id is that of a part of this device. */
export const isPart = (id: string, name: string): boolean =>
  id === deviceId(name) || (/^part\d+-/.test(id) && id.slice(id.indexOf("-") + 1) === name);

export const netId = (name: string): string => `net-${name}`;

/** Names of block nodes end at 31 characters, those of devices at 63. */
export const nodeName = (name: string): string => `disk-${digest(name)}`;

/**
 * What the guest reads as a disk's serial number: the device's name, so that /dev/disk/by-id tells which is which. virtio-blk and
 * IDE end it at 20 characters.
 */
export const serialOf = (name: string): string =>
  name.length <= 20 ? name : `${name.slice(0, 11)}-${digest(name).slice(0, 8)}`;

const digest = (name: string): string => createHash("sha256").update(name).digest("hex").slice(0, 16);
