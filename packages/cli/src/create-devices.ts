import type { Devices } from "@lodge/api";
import { withAbsoluteSources } from "./device-settings.ts";

/** Where the devices of a new instance come from, the later over the earlier. */
export interface DeviceSources {
  /** What its profiles give. */
  readonly inherited: Devices;
  /** False: without the nic of the profiles. */
  readonly nic: boolean;
  /** Whole devices, as YAML on standard input has them. */
  readonly given: Devices;
  /** A network for eth0. */
  readonly network?: string | undefined;
  /** Settings that come with what it is made of. */
  readonly medium: Devices;
  /** A pool for the root disk. */
  readonly storage?: string | undefined;
  /** `-d NAME,key=value`. */
  readonly changes: Devices;
}

/** The devices of a new instance. One that a profile has too is changed, not replaced: `root,size=20GiB` keeps its pool. */
export function createDevices(sources: DeviceSources): Devices {
  const { inherited, nic, given, network, medium, storage, changes } = sources;
  const own: Devices = { ...(nic ? {} : { eth0: { type: "none" } }), ...given };
  const change = (devices: Devices) => {
    for (const [name, settings] of Object.entries(devices))
      own[name] = { ...(own[name] ?? inherited[name]), ...settings };
  };
  if (network !== undefined) own.eth0 = { type: "nic", name: "eth0", network };
  change(medium);
  if (storage !== undefined) change({ root: { type: "disk", path: "/", pool: storage } });
  change(changes);
  return withAbsoluteSources(own);
}
