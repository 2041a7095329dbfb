import { both, type DeviceType } from "./device-type.ts";

export const none: DeviceType = {
  type: "none",
  doc: "Takes away a device of that name that a profile gives.",
  types: both,
  keys: [],
};
