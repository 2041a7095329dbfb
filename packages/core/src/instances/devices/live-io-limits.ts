import { attachVolumes } from "../../volumes/attached.ts";
import { driverOf, type InstanceDependencies } from "../dependencies.ts";
import { portsOf } from "../ports.ts";
import type { ExpandedInstance } from "../records.ts";
import { type AttachedDisk, readDevices } from "./device.ts";
import { type RootDisk, readRootDisk } from "./disks.ts";
import type { DiskLimitsSeen } from "./io-limits.ts";

/** Holds the disks of a running instance to what their devices say, where its driver can. Idempotent. */
export async function applyDiskLimits(deps: InstanceDependencies, expanded: ExpandedInstance): Promise<void> {
  const driver = driverOf(deps, expanded.record.type);
  if (!driver.setDiskLimits) return;
  const { root, disks } = await limitedDisks(deps, expanded);
  await driver.setDiskLimits(expanded.record.id, root, disks);
}

/** What holds the disks of a running instance that are to be limited, by device; the root disk as `root`. */
export async function diskLimitsOf(
  deps: InstanceDependencies,
  expanded: ExpandedInstance,
): Promise<Readonly<Record<string, DiskLimitsSeen>>> {
  const driver = driverOf(deps, expanded.record.type);
  const { root, disks } = await limitedDisks(deps, expanded);
  if (!root.limits && disks.length === 0) return {};
  const { [root.device]: ofRoot, ...others } = (await driver.diskLimits?.(expanded.record.id, root, disks)) ?? {};
  return { ...others, ...(ofRoot && { root: ofRoot }) };
}

/** As `applyDiskLimits`, for its nics. */
export async function applyNicLimits(deps: InstanceDependencies, expanded: ExpandedInstance): Promise<void> {
  const networks = new Map((await deps.store.networks.list()).map((network) => [network.name, network]));
  await deps.network.setLimits?.(portsOf(expanded.record, expanded.devices, networks));
}

/** The root disk, and others that have limits. */
async function limitedDisks(
  deps: InstanceDependencies,
  { record, devices }: ExpandedInstance,
): Promise<{ readonly root: RootDisk; readonly disks: readonly AttachedDisk[] }> {
  const owner = `instance ${record.name}`;
  const limited = readDevices(owner, record.type, devices, record.config).filter(
    (device) => device.type === "disk" && device.limits !== undefined,
  );
  const attached = limited.length === 0 ? [] : await attachVolumes(deps, record.project, limited);
  return { root: readRootDisk(owner, devices), disks: attached.filter((device) => device.type === "disk") };
}
