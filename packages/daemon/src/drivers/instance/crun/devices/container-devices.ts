import { LodgeError } from "@lodge/api/errors";
import type { InstanceDevice, InstanceId } from "@lodge/core";
import type { Cgroups } from "../../../../system/cgroups.ts";
import type { DeviceRule } from "../../../../system/device-rules.ts";
import type { ProcessIdentity } from "../../../../system/process.ts";
import type { RunPaths } from "../run-paths.ts";
import { ContainerSide } from "./container-side.ts";
import { deviceOfOffer, type Offer, ruleOfNode } from "./offer.ts";
import { findOffers } from "./offers.ts";
import { type ContainerIds, placeOffer, removeOffer } from "./place.ts";
import { broughtMounts, listPlaced, namesOf, type Placed } from "./placed.ts";
import { withdrawnRules } from "./rules.ts";

/** A container that has been made, whether its init runs yet or not. */
export interface DeviceHolder {
  readonly id: InstanceId;
  readonly paths: RunPaths;
  readonly init: ProcessIdentity;
  readonly ids: ContainerIds;
  readonly cgroups: Cgroups;
  /** Rules that hold without any device. */
  readonly base: readonly DeviceRule[];
  /** See RunRecord. */
  readonly procView?: string;
}

/** Adds a device. A failure leaves nothing of it. */
export async function plugDevice(holder: DeviceHolder, device: InstanceDevice): Promise<void> {
  const offers = await findOffers(device);
  if (offers.length === 0) return;
  using side = await ContainerSide.open(holder);
  // What an interruption left half-made.
  await unplug(holder, side, device.name);
  const rules = offers.flatMap((offer) => (offer.kind === "node" ? ruleOfNode(offer.node) : []));
  try {
    await setRules(holder, rules, []);
    for (const offer of offers) {
      await placeOffer(holder.paths, offer, holder.ids);
      const placed = (await listPlaced(holder.paths.devices)).find(({ name }) => name === offer.name);
      if (!placed) throw vanished(offer);
      await side.bring(offer, placed);
    }
  } catch (error) {
    // What cannot be undone now goes with the container.
    await unplug(holder, side, device.name)
      .then(() => setRules(holder, [], rules))
      .catch(() => undefined);
    throw error;
  }
}

/** Takes a device away. Idempotent. */
export async function unplugDevice(holder: DeviceHolder, device: string): Promise<void> {
  using side = await ContainerSide.open(holder);
  await unplug(holder, side, device);
}

/** Devices that the container has where it uses them. */
export async function pluggedDevices(holder: DeviceHolder): Promise<string[]> {
  using side = await ContainerSide.open(holder);
  const mounts = await side.mounts();
  const placed = await listPlaced(holder.paths.devices);
  const whole = (device: string) =>
    placed.filter(({ name }) => deviceOfOffer(name) === device).every((each) => broughtMounts(each, mounts).length > 0);
  return [...new Set(placed.map(({ name }) => deviceOfOffer(name)))].filter(whole);
}

async function unplug(holder: DeviceHolder, side: ContainerSide, device: string): Promise<void> {
  const { paths } = holder;
  const placed = (await listPlaced(paths.devices)).filter(({ name }) => deviceOfOffer(name) === device);
  for (const each of placed) await side.takeAway(each);
  for (const name of await namesOf(paths.devices, device)) await removeOffer(paths, name);
  await setRules(holder, [], rulesOf(placed));
}

/** Puts the rules of what is placed in force, with some more and without some that were. */
async function setRules(
  { id, paths, cgroups, base }: DeviceHolder,
  more: readonly DeviceRule[],
  gone: readonly DeviceRule[],
): Promise<void> {
  if (more.length + gone.length === 0) return;
  const inForce = [...base, ...rulesOf(await listPlaced(paths.devices)), ...more];
  await cgroups.setDevices(id, inForce, withdrawnRules(gone, inForce));
}

const rulesOf = (placed: readonly Placed[]): DeviceRule[] =>
  placed.flatMap((each) => (each.kind === "node" ? each.rule : []));

function vanished(offer: Offer): LodgeError {
  return new LodgeError({ code: "device_plug_failed", message: `Device "${offer.name}" is gone again.` });
}
