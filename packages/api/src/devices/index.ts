/** Every type of device there is, with its keys; one that is not here is refused. */
import type { DeviceType } from "./device-type.ts";
import { disk } from "./disk.ts";
import { gpu } from "./gpu.ts";
import { nic } from "./nic.ts";
import { none } from "./none.ts";
import { pci } from "./pci.ts";
import { proxy } from "./proxy.ts";
import { tpm } from "./tpm.ts";
import { unixBlock, unixChar } from "./unix.ts";
import { usb } from "./usb.ts";

export const deviceTypes: readonly DeviceType[] = [disk, gpu, nic, none, pci, proxy, tpm, unixBlock, unixChar, usb];

export const findDeviceType = (type: string): DeviceType | undefined => deviceTypes.find((each) => each.type === type);

export type { DeviceKey, DeviceType } from "./device-type.ts";
export { cloudInitSource, diskBuses } from "./disk.ts";
