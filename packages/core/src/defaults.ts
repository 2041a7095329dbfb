import type { Config } from "@lodge/api";
import type { Store } from "./store.ts";

export const defaultNetwork = "lodgebr0";
export const defaultPool = "default";

/** What a new host has: pool `default`, network `lodgebr0`, and a profile that uses both. Changes nothing that is there. */
export async function ensureDefaults(store: Store, chooseAddresses: () => Promise<Config>): Promise<void> {
  if (!(await store.pools.get(defaultPool))) {
    await store.pools.put({
      name: defaultPool,
      driver: "dir",
      description: "Default pool",
      config: {},
      life: "present",
    });
  }
  if (!(await store.networks.get(defaultNetwork))) {
    const config = { ...(await chooseAddresses()), "dns.domain": "lodge" };
    await store.networks.put({ name: defaultNetwork, description: "Default network", config, forwards: [] });
  }
  if (!(await store.profiles.get({ project: "default", name: "default" }))) {
    await store.profiles.put({
      name: "default",
      project: "default",
      description: "Default Lodge profile",
      config: {},
      devices: {
        eth0: { type: "nic", name: "eth0", network: defaultNetwork },
        root: { type: "disk", path: "/", pool: defaultPool },
      },
    });
  }
}
