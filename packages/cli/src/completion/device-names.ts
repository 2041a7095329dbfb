import type { Devices } from "@lodge/api";
import type { Context } from "../context.ts";
import type { Place } from "./names.ts";

/** Devices of the instance or profile that is named before. */
export async function deviceNames(place: Place, context: Context): Promise<string[]> {
  return Object.keys(await devicesOf(place, context));
}

export async function deviceTypeNames(): Promise<string[]> {
  const { deviceTypes } = await import("@lodge/api/devices");
  return deviceTypes.map(({ type }) => type);
}

/** The keys of the device's type: the one that is named before, or that of the device that is. */
export async function deviceKeyNames(place: Place, context: Context): Promise<string[]> {
  const { findDeviceType } = await import("@lodge/api/devices");
  const [, device = "", named = ""] = place.given;
  const adding = place.path.at(-1) === "add";
  const type = adding ? named : ((await devicesOf(place, context))[device]?.type ?? "");
  return findDeviceType(type)?.keys.map(({ key }) => key) ?? [];
}

async function devicesOf({ path, given: [name = ""] }: Place, context: Context): Promise<Devices> {
  const { instances, profiles } = await context.client();
  if (path[0] === "profile") return (await profiles.get(name)).devices;
  const { devices, expanded_devices } = await instances.get(name);
  return { ...expanded_devices, ...devices };
}
