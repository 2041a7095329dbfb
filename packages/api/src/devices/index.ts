/** Every type of device there is, with its keys; one that is not here is refused. */
import type { DeviceType } from "./device-type.ts";
import { disk } from "./disk.ts";
import { nic } from "./nic.ts";
import { none } from "./none.ts";

export const deviceTypes: readonly DeviceType[] = [disk, nic, none];

export const findDeviceType = (type: string): DeviceType | undefined => deviceTypes.find((each) => each.type === type);

export type { DeviceKey, DeviceType } from "./device-type.ts";
export { diskBuses } from "./disk.ts";
