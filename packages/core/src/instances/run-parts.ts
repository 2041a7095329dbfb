/** What a run is made of on the host: made in this order, unmade in the reverse one. */

import { isTrue } from "@lodge/api";
import { findProject } from "../projects/records.ts";
import { requireWhole } from "../snapshots/pending.ts";
import type { InstanceRecord } from "../store.ts";
import { attachVolumes } from "../volumes/attached.ts";
import { attachNics, settleAddresses } from "./attach-nics.ts";
import { instanceSeed } from "./cloud-init/instance-seed.ts";
import { checkCapacity, checkRaw } from "./configuration.ts";
import { driverOf, type InstanceDependencies, poolOf } from "./dependencies.ts";
import { readDevices } from "./devices/device.ts";
import { readRootDisk } from "./devices/disks.ts";
import { readNics } from "./devices/nics.ts";
import { serveProxies } from "./devices/serve-proxies.ts";
import type { InstanceIdentity, InstanceSpec } from "./driver.ts";
import { identityOf } from "./identity.ts";
import { machineRoom } from "./machine-room.ts";
import { laidFiles } from "./metadata/lay-templates.ts";
import type { ExpandedInstance } from "./records.ts";
import { rootRequest } from "./root-request.ts";

/** How a run begins, when it does not simply boot. */
export interface RunBeginning extends Pick<InstanceSpec, "resume" | "room"> {
  /** It is nobody's instance, others are to be forked from it: those are given the files that are made of templates. */
  readonly forForks?: boolean;
}

/** Attaches the nics, mounts the root, starts the instance and serves its proxies. What a failure leaves is the caller's to clear. */
export async function makeRun(
  deps: InstanceDependencies,
  given: ExpandedInstance,
  signal: AbortSignal,
  beginning: RunBeginning = {},
): Promise<void> {
  const { record, config, devices } = given;
  const { resume } = beginning;
  const owner = `instance ${record.name}`;
  if (record.pending?.kind !== "fork" || resume?.as !== "fork") requireWhole(record);
  checkCapacity(owner, config, deps.host);
  checkRaw(owner, config, deps.host);
  const driver = driverOf(deps, record.type);
  const identity = identityOf(record, config, deps);
  const rootDisk = readRootDisk(owner, devices);
  const pool = poolOf(deps, record.pool);
  const request = rootRequest(record, rootDisk.size);
  const instance = { ...given, record: await settleAddresses(deps, record, devices) };
  // From here on something is being made: whatever fails must pass the end of this.
  const connecting = connect(deps, instance, identity, signal);
  const preparing = pool.prepareRoot(request, identity.ids);
  try {
    const [connection, root] = await Promise.all([connecting, preparing]);
    signal.throwIfAborted();
    const more = await beginningOf(deps, instance, beginning);
    await driver.start({ ...identity, root, rootDisk, ...connection, ...more }, signal);
  } finally {
    // What is cleared after a failure must not be in the making any more.
    await Promise.allSettled([preparing, connecting.then(({ connected }) => connected)]);
  }
  if (resume?.as === "fork") await driver.personalize?.(identity, signal);
  await serveProxies(deps, instance);
}

/** Nics that the driver opens are there before it starts; those that are put into a namespace come meanwhile. */
async function connect(
  deps: InstanceDependencies,
  { record, devices }: ExpandedInstance,
  identity: InstanceIdentity,
  signal: AbortSignal,
): Promise<Pick<InstanceSpec, "nics" | "connected">> {
  const place = await driverOf(deps, record.type).prepare(identity);
  const connected = attachNics(deps, record, devices, place, signal);
  if (place.kind === "tap") return { nics: await connected };
  // Whoever waits for it hears of it.
  connected.catch(() => undefined);
  return { nics: [], connected };
}

/** What a start needs beside its places, and how it begins. */
async function beginningOf(
  deps: InstanceDependencies,
  instance: ExpandedInstance,
  { resume, room: given, forForks }: RunBeginning,
): Promise<Pick<InstanceSpec, "devices" | "laid" | "mergeMemory" | "resume" | "room" | "seed">> {
  const { record, config, devices } = instance;
  const owner = `instance ${record.name}`;
  const boots = record.type === "virtual-machine" && !resume;
  const room = given ?? (boots ? machineRoom(identityOf(record, config, deps).config, deps.host) : undefined);
  const attached = await attachVolumes(deps, record.project, readDevices(owner, record.type, devices, record.config));
  const nics = readNics(owner, devices).map(({ device }) => device);
  const seed = await instanceSeed(deps, instance, nics);
  // What goes on has them already.
  const laid = forForks || resume?.as === "same" ? [] : await laidFiles(deps, instance);
  return {
    devices: attached,
    ...(laid.length > 0 && { laid }),
    ...(seed && { seed }),
    ...(resume && { resume }),
    ...(room && { room }),
    ...((await mergesMemory(deps, record)) && { mergeMemory: true as const }),
  };
}

async function mergesMemory({ store }: InstanceDependencies, { project }: InstanceRecord): Promise<boolean> {
  return isTrue((await findProject(store, project)).config["memory.merge"]);
}

/** Every step is idempotent, so this fits any half-made state. */
export async function clearRun(deps: InstanceDependencies, { id, type, pool }: InstanceRecord): Promise<void> {
  await deps.proxies.endAll(id);
  await driverOf(deps, type).release(id);
  await deps.network.detach(id);
  // In a pool that could not be opened nothing is prepared.
  await deps.pools.get(pool)?.settleRoot(id);
}
