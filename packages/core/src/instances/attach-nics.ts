import type { Devices } from "@lodge/api";
import type { NicPlace } from "../networks/network.ts";
import type { InstanceRecord } from "../store.ts";
import type { InstanceDependencies } from "./dependencies.ts";
import { type InstanceNic, withHardware } from "./devices/nic-hardware.ts";
import { portsOf, reserveAddresses } from "./ports.ts";

/** At a start: connects all nics, whose addresses are settled. Undone by the network's `detach`. */
export async function attachNics(
  deps: InstanceDependencies,
  record: InstanceRecord,
  devices: Devices,
  place: NicPlace,
  signal: AbortSignal,
): Promise<InstanceNic[]> {
  const networks = new Map((await deps.store.networks.list()).map((network) => [network.name, network]));
  const nics: InstanceNic[] = [];
  for (const port of portsOf(record, devices, networks)) {
    signal.throwIfAborted();
    nics.push(withHardware(await deps.network.attach(port, place), devices));
  }
  return nics;
}

/**
 * The addresses of an instance as they fit its networks now, which may have changed while it did not run. It counts as running
 * already, so that from here on no network changes under it.
 */
export function settleAddresses(
  { store, choosing, random }: InstanceDependencies,
  record: InstanceRecord,
  devices: Devices,
): Promise<InstanceRecord> {
  return choosing.run(async () => {
    const networks = new Map((await store.networks.list()).map((network) => [network.name, network]));
    const others = (await store.instances.list()).filter(({ id }) => id !== record.id);
    const book = { networks, others, random };
    const reserved = reserveAddresses(`instance ${record.name}`, devices, record.config, book);
    if (Object.keys(reserved).length === 0) return record;
    const settled = { ...record, config: { ...record.config, ...reserved } };
    await store.instances.put(settled);
    return settled;
  });
}
