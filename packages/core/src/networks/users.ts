import { type Devices, LodgeError, splitList } from "@lodge/api";
import { isNetworkNic, onManagedNetworks, readNics } from "../instances/devices/nics.ts";
import type { InstanceId } from "../instances/driver.ts";
import { InstanceRecords } from "../instances/records.ts";
import type { InstanceRecord, NetworkRecord, ProfileRecord, Store } from "../store.ts";

/** Who names a network. */
export interface NetworkUsers {
  /** With their profiles' devices. */
  readonly instances: readonly InstanceRecord[];
  readonly profiles: readonly ProfileRecord[];
  /** Networks that name it as a peer. */
  readonly networks: readonly NetworkRecord[];
}

export async function usersOf(store: Store, name: string): Promise<NetworkUsers> {
  const records = new InstanceRecords(store);
  const [instances, profiles, networks] = await Promise.all([
    store.instances.list(),
    store.profiles.list(),
    store.networks.list(),
  ]);
  const expanded = await Promise.all(instances.map((record) => records.expand(record)));
  const isOn = (owner: string, devices: Devices) =>
    readNics(
      owner,
      onManagedNetworks(devices, (each) => each === name),
    ).some((nic) => isNetworkNic(nic) && nic.network === name);
  return {
    instances: expanded.filter(({ record, devices }) => isOn(record.name, devices)).map((e) => e.record),
    profiles: profiles.filter((profile) => isOn(profile.name, profile.devices)),
    networks: networks.filter(({ config }) => splitList(config["bridge.peers"]).includes(name)),
  };
}

/** Refuses to take away a network that somebody needs. `act` in words: `deleted`. */
export function requireUnused(name: string, { instances, profiles, networks }: NetworkUsers, act: string): void {
  const users = [
    ...instances.map((each) => `instance "${each.name}"`),
    ...profiles.map((each) => `profile "${each.name}"`),
    ...networks.map((each) => `network "${each.name}" (bridge.peers)`),
  ];
  if (users.length === 0) return;
  throw new LodgeError({
    code: "network_in_use",
    message: `Network "${name}" cannot be ${act}: it is used by ${users.join(", ")}. Take it out of their configuration first.`,
  });
}

/** Refuses a change that would cut off those who run on a network. `change` in words. */
export function requireNobodyRuns(
  name: string,
  { instances }: NetworkUsers,
  isRunning: (id: InstanceId) => boolean,
  change: string,
): void {
  const running = instances.filter(({ id }) => isRunning(id)).map((each) => each.name);
  if (running.length === 0) return;
  throw new LodgeError({
    code: "network_in_use",
    message: `A change of ${change} of network "${name}" would cut off what runs on it: ${running.join(", ")}. Stop ${running.length === 1 ? "it" : "them"} first.`,
  });
}
