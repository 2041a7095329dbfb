/** What a run is made of on the host: made in this order, unmade in the reverse one. */

import { isTrue } from "@lodge/api";
import { findProject } from "../projects/records.ts";
import { requireWhole } from "../snapshots/pending.ts";
import type { InstanceRecord } from "../store.ts";
import { attachVolumes } from "../volumes/attached.ts";
import { attachNics } from "./attach-nics.ts";
import { instanceSeed } from "./cloud-init/instance-seed.ts";
import { checkCapacity, checkRaw } from "./configuration.ts";
import { driverOf, type InstanceDependencies, poolOf } from "./dependencies.ts";
import { readDevices } from "./devices/device.ts";
import { readRootDisk } from "./devices/disks.ts";
import { serveProxies } from "./devices/serve-proxies.ts";
import type { InstanceSpec } from "./driver.ts";
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
  instance: ExpandedInstance,
  signal: AbortSignal,
  { resume, room: given, forForks }: RunBeginning = {},
): Promise<void> {
  const { record, config, devices } = instance;
  const owner = `instance ${record.name}`;
  if (record.pending?.kind !== "fork" || resume?.as !== "fork") requireWhole(record);
  checkCapacity(owner, config, deps.host);
  checkRaw(owner, config, deps.host);
  const driver = driverOf(deps, record.type);
  const identity = identityOf(record, config, deps);
  const boots = record.type === "virtual-machine" && !resume;
  const room = given ?? (boots ? machineRoom(identity.config, deps.host) : undefined);
  const rootDisk = readRootDisk(owner, devices);
  const root = rootRequest(record, rootDisk.size);
  const place = await driver.prepare(identity);
  const nics = await attachNics(deps, record, devices, place, signal);
  const prepared = await poolOf(deps, record.pool).prepareRoot(root, identity.ids);
  signal.throwIfAborted();
  const read = readDevices(owner, record.type, devices, record.config);
  const attached = await attachVolumes(deps, record.project, read);
  const seed = await instanceSeed(
    deps,
    instance,
    nics.map(({ device }) => device),
  );
  // What goes on has them already.
  const laid = forForks || resume?.as === "same" ? [] : await laidFiles(deps, instance);
  const beginning = {
    ...(laid.length > 0 && { laid }),
    ...(seed && { seed }),
    ...(resume && { resume }),
    ...(room && { room }),
    ...((await mergesMemory(deps, record)) && { mergeMemory: true as const }),
  };
  const spec = { ...identity, root: prepared, rootDisk, nics, devices: attached, ...beginning };
  await driver.start(spec, signal);
  if (resume?.as === "fork") await driver.personalize?.(identity, signal);
  await serveProxies(deps, instance);
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
