import type { Devices } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { changeInstance } from "./change-instance.ts";
import { changeProfile } from "./change-profile.ts";
import type { Context } from "./context.ts";

/** A device as it is written: type and settings. */
export type Device = Readonly<Record<string, string>>;

/** What has devices: an instance or a profile. */
export interface DeviceHolder {
  readonly noun: "instance" | "profile";
  /** How its commands begin: `lodge device`. */
  readonly command: string;
  /** An example's name. */
  readonly example: string;
  read(context: Context, name: string): Promise<{ readonly own: Devices; readonly inherited: Devices }>;
  /** Changes its own devices. `inherited`: those that it has from profiles and not itself. */
  change(context: Context, name: string, change: (own: Devices, inherited: Devices) => Devices): Promise<void>;
}

export const instanceDevices: DeviceHolder = {
  noun: "instance",
  command: "lodge device",
  example: "web",
  read: async (context, name) => {
    const { devices, expanded_devices } = await (await context.client()).instances.get(name);
    return { own: devices, inherited: without(expanded_devices, devices) };
  },
  change: (context, name, change) =>
    changeInstance(context, name, ({ devices, expanded_devices }) => ({
      devices: change(devices, without(expanded_devices, devices)),
    })),
};

export const profileDevices: DeviceHolder = {
  noun: "profile",
  command: "lodge profile device",
  example: "small",
  read: async (context, name) => ({
    own: (await (await context.client()).profiles.get(name)).devices,
    inherited: {},
  }),
  change: (context, name, change) => changeProfile(context, name, ({ devices }) => ({ devices: change(devices, {}) })),
};

const without = (all: Devices, some: Devices): Devices =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(some, name)));

/** The holder's own device of that name. One that an instance has from a profile is an error that says what to do. */
export function requireDevice(
  holder: DeviceHolder,
  name: string,
  device: string,
  own: Devices,
  inherited: Devices,
): Device {
  const found = Object.hasOwn(own, device) ? own[device] : undefined;
  if (found) return found;
  const names = Object.keys(own);
  throw new LodgeError({
    code: "request_invalid",
    message: Object.hasOwn(inherited, device)
      ? `Device "${device}" of ${name} comes from a profile. \`lodge device override ${name} ${device} key=value…\` makes it the instance's own; \`lodge device add ${name} ${device} none\` takes it away from this instance.`
      : `${holder.noun === "instance" ? "Instance" : "Profile"} ${name} has no device "${device}" of its own (its own: ${names.join(", ") || "none"}).`,
  });
}
