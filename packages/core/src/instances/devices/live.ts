import { LodgeError } from "@lodge/api";
import type { NetworkRecord } from "../../store.ts";
import { attachVolumes } from "../../volumes/attached.ts";
import { driverOf, type InstanceDependencies, type RuntimeDriver } from "../dependencies.ts";
import type { DevicePlugging, InstanceId } from "../driver.ts";
import { identityOf } from "../identity.ts";
import { applyLimits, limitsDiffer } from "../live-limits.ts";
import { portsOf } from "../ports.ts";
import type { ExpandedInstance } from "../records.ts";
import { deviceChanges } from "./changes.ts";
import { readDevices } from "./device.ts";
import { readRootDisk } from "./disks.ts";
import { ioLimitsDiffer } from "./io-limits.ts";
import { applyDiskLimits, applyNicLimits } from "./live-io-limits.ts";
import { withHardware } from "./nic-hardware.ts";
import { endProxy, serveProxy } from "./serve-proxies.ts";

/** Refuses a change of devices that cannot be made while the instance runs. */
export function requirePluggable(deps: InstanceDependencies, before: ExpandedInstance, after: ExpandedInstance): void {
  const owner = `instance ${before.record.name}`;
  const driver = driverOf(deps, before.record.type);
  for (const name of changedNames(before, after)) {
    const type = (after.devices[name] ?? before.devices[name])?.["type"] ?? "";
    if (type === "proxy" || plugging(driver)?.pluggable.includes(type)) continue;
    throw new LodgeError({
      code: "instance_wrong_state",
      message: `Device "${name}" of ${owner} is a ${type}, which cannot be changed while a ${before.record.type} runs; stop it first.`,
    });
  }
}

/** All but the root disk: what is said of that, but for limits, counts from the next start on. */
function changedNames(before: ExpandedInstance, after: ExpandedInstance): string[] {
  const { removed, added, changed } = deviceChanges(before.devices, after.devices);
  const root = readRootDisk(before.record.name, before.devices).device;
  return [...removed, ...changed, ...added].filter((name) => name !== root);
}

/**
 * Makes a running instance's devices and limits what they are to be. The caller holds the lock and has asked `requirePluggable`. What was done is
 * undone when a step fails.
 */
export async function changeRunning(
  deps: InstanceDependencies,
  before: ExpandedInstance,
  after: ExpandedInstance,
): Promise<void> {
  const { removed, added, changed } = deviceChanges(before.devices, after.devices);
  const names = new Set(changedNames(before, after));
  const taken = [...removed, ...changed].filter((name) => names.has(name));
  const given = [...added, ...changed].filter((name) => names.has(name));
  const done: (() => Promise<void>)[] = [];
  const relimited = ioLimitsDiffer(before.devices, after.devices);
  // Undone last, when the devices are there again that have them.
  if (relimited) done.push(() => applyIoLimits(deps, before));
  try {
    if (limitsDiffer(before, after)) {
      done.push(() => applyLimits(deps, before));
      await applyLimits(deps, after);
    }
    for (const name of taken) {
      await unplugDevice(deps, before, name);
      done.push(() => plugDevice(deps, before, name));
    }
    for (const name of given) {
      done.push(() => unplugDevice(deps, after, name));
      await plugDevice(deps, after, name);
    }
    if (relimited) await applyIoLimits(deps, after);
  } catch (error) {
    for (const undo of done.reverse()) await undo().catch((cause: unknown) => warn(deps, before, cause));
    throw error;
  }
}

async function applyIoLimits(deps: InstanceDependencies, expanded: ExpandedInstance): Promise<void> {
  await applyDiskLimits(deps, expanded);
  await applyNicLimits(deps, expanded);
}

function warn(deps: InstanceDependencies, { record }: ExpandedInstance, err: unknown): void {
  deps.log.warn({ instance: record.name, err }, "a change could not be undone");
}

/**
 * At daemon start: a change that the last daemon did not finish is finished. What cannot be is said in the log and comes
 * with the next start of the instance.
 */
export async function settleRunning(deps: InstanceDependencies, expanded: ExpandedInstance): Promise<void> {
  const { record } = expanded;
  await applyLimits(deps, expanded).catch((err: unknown) =>
    deps.log.warn({ instance: record.name, err }, "limits could not be settled"),
  );
  await settleDevices(deps, expanded);
  // The networks have settled theirs.
  await applyDiskLimits(deps, expanded).catch((err: unknown) =>
    deps.log.warn({ instance: record.name, err }, "limits of disks could not be settled"),
  );
}

async function settleDevices(deps: InstanceDependencies, expanded: ExpandedInstance): Promise<void> {
  const { record, devices } = expanded;
  const driver = plugging(driverOf(deps, record.type));
  if (!driver) return;
  const root = readRootDisk(record.name, devices).device;
  const wanted = Object.keys(devices).filter(
    (name) => name !== root && driver.pluggable.includes(devices[name]?.["type"] ?? ""),
  );
  const unsettled = (err: unknown) => deps.log.warn({ instance: record.name, err }, "devices could not be settled");
  try {
    const present = [...(await driver.plugged(record.id)), ...(await attachedNics(deps, expanded))];
    const steps = [
      ...present
        .filter((name) => !Object.hasOwn(devices, name))
        .map((name) => () => unplugAny(driver, record.id, name)),
      ...wanted.filter((name) => !present.includes(name)).map((name) => () => plugDevice(deps, expanded, name)),
    ];
    for (const step of steps) await step().catch(unsettled);
  } catch (error) {
    // It is ending, perhaps.
    unsettled(error);
  }
}

/** Those that consist of what their network made in the instance's own network namespace. */
async function attachedNics(deps: InstanceDependencies, { record, config }: ExpandedInstance): Promise<string[]> {
  const place = await driverOf(deps, record.type).prepare(identityOf(record, config, deps));
  return place.kind === "namespace" ? Object.keys(await deps.network.state(record.id)) : [];
}

/** Its network side goes when networks are reconciled. */
async function unplugAny(driver: DevicePlugging, id: InstanceId, name: string): Promise<void> {
  await driver.unplugNic(id, name);
  await driver.unplug(id, name);
}

async function plugDevice(deps: InstanceDependencies, expanded: ExpandedInstance, name: string): Promise<void> {
  const { record, config, devices } = expanded;
  if (devices[name]?.["type"] === "proxy") return serveProxy(deps, expanded, name);
  const driver = requirePlugging(driverOf(deps, record.type));
  const identity = identityOf(record, config, deps);
  if (devices[name]?.["type"] === "nic") {
    const networks = await networksByName(deps);
    const port = portsOf(record, devices, networks).find(({ device }) => device === name);
    if (!port) return;
    const place = await driverOf(deps, record.type).prepare(identity);
    await driver.plugNic(record.id, withHardware(await deps.network.attach(port, place), devices));
    return;
  }
  const device = readDevices(`instance ${record.name}`, record.type, devices, record.config).find(
    (each) => each.name === name,
  );
  if (!device) return;
  const [attached = device] = await attachVolumes(deps, record.project, [device]);
  await driver.plug(identity, attached);
}

/** Idempotent. */
async function unplugDevice(deps: InstanceDependencies, expanded: ExpandedInstance, name: string): Promise<void> {
  const { record, devices } = expanded;
  if (devices[name]?.["type"] === "proxy") return endProxy(deps, record.id, name);
  const driver = requirePlugging(driverOf(deps, record.type));
  if (devices[name]?.["type"] !== "nic") return driver.unplug(record.id, name);
  await driver.unplugNic(record.id, name);
  await deps.network.detachPort(record.id, name);
}

function plugging(driver: RuntimeDriver): DevicePlugging | undefined {
  return driver.plug ? (driver as DevicePlugging) : undefined;
}

function requirePlugging(driver: RuntimeDriver): DevicePlugging {
  const capable = plugging(driver);
  if (capable) return capable;
  throw new LodgeError({ code: "not_supported", message: "This driver cannot change devices of running instances." });
}

async function networksByName(deps: InstanceDependencies): Promise<ReadonlyMap<string, NetworkRecord>> {
  return new Map((await deps.store.networks.list()).map((network) => [network.name, network]));
}
