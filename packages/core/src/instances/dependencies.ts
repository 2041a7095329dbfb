import type { InstanceType } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { BackupArchives } from "../backups/archives.ts";
import type { EventBus } from "../events/bus.ts";
import type { GovernedMemory } from "../governor/governed.ts";
import type { ImageCatalogs } from "../images/catalog.ts";
import type { RemoteImages } from "../images/remote.ts";
import type { ImagePacker } from "../images/source.ts";
import type { Log } from "../log.ts";
import type { Measuring } from "../metrics/measuring.ts";
import type { Foresight, NetworkDriver, PortLimits } from "../networks/network.ts";
import type { Operations } from "../operations/operations.ts";
import { type PoolLookup, requirePool } from "../storage/open-pools.ts";
import type { PoolDriver } from "../storage/pool.ts";
import type { Store } from "../store.ts";
import type { HostCapacity } from "./configuration.ts";
import type { HostSources } from "./devices/host-sources.ts";
import type { ProxyDriver } from "./devices/proxy.ts";
import type {
  DevicePlugging,
  DiskGrowth,
  InstanceDriver,
  InstanceId,
  LiveDiskLimits,
  LiveLimits,
  LiveRoots,
  Screens,
} from "./driver.ts";
import type { KeyedLock, Lock } from "./lock.ts";
import type { ExpandedInstance } from "./records.ts";
import type { Forks, HeldForks, SavedStates } from "./saved-state.ts";

/** A driver with what it can do beyond the contract. */
export type RuntimeDriver = InstanceDriver &
  Partial<
    Screens &
      DevicePlugging &
      DiskGrowth &
      GovernedMemory &
      LiveLimits &
      LiveDiskLimits &
      LiveRoots &
      SavedStates &
      Forks &
      HeldForks &
      Measuring
  >;

/** Who decides whether there is room for an instance that starts. */
export interface Admission {
  /**
   * Throws `memory_promised` when what others were promised leaves too little. It counts as running until the result is disposed of.
   * `before`: it runs, and was this: only what is promised beyond that may be too much.
   */
  admit(instance: ExpandedInstance, before?: ExpandedInstance): Promise<Disposable>;
}

/** What the rules about instances need of the world. */
export interface InstanceDependencies {
  readonly store: Store;
  readonly operations: Operations;
  readonly events: EventBus;
  readonly log: Log;
  readonly drivers: ReadonlyMap<InstanceType, RuntimeDriver>;
  /** By the pool's name. */
  readonly pools: PoolLookup;
  readonly network: NetworkDriver & Partial<Foresight & PortLimits>;
  readonly proxies: ProxyDriver;
  readonly catalog: ImageCatalogs;
  /** Images of servers beyond this host. */
  readonly remoteImages: { of(project: string): Promise<Pick<RemoteImages, "obtain">> };
  readonly packer: ImagePacker;
  readonly archives: BackupArchives;
  readonly host: HostCapacity;
  readonly admission?: Admission;
  readonly sources: HostSources;
  /** The database is an older copy: at daemon start, roots and images that no record names are kept. */
  readonly keepUnknown: boolean;
  /** `x86_64`, `aarch64`. */
  readonly architecture: string;
  /** First host id of block 0. */
  readonly idBase: number;
  readonly lock: KeyedLock<InstanceId>;
  /**
   * Held while it is decided and stored what objects refer to: names, id blocks, addresses, profiles. Only for moments, never while
   * the host is touched, and never while waiting for an instance's lock.
   */
  readonly choosing: Lock;
  /** The kernel's identity of this boot of the host. */
  readonly hostBoot: string;
  readonly now: () => Date;
  /** Resolves after so many milliseconds; rejects when the signal is aborted. Keeps no daemon alive. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to below 1. */
  readonly random: () => number;
  readonly newUuid: () => string;
}

export function driverOf(deps: Pick<InstanceDependencies, "drivers">, type: InstanceType): RuntimeDriver {
  const driver = deps.drivers.get(type);
  if (!driver) throw new LodgeError({ code: "not_supported", message: `No driver for instances of type ${type}.` });
  return driver;
}

export function poolOf(deps: Pick<InstanceDependencies, "pools">, name: string): PoolDriver {
  return requirePool(deps.pools, name);
}

export const instanceUrl = (name: string): string => `/1.0/instances/${name}`;
