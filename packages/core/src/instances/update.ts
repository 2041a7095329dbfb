import { type Config, type Devices, LodgeError } from "@lodge/api";
import { requireAllowed } from "../projects/allowed.ts";
import type { InstanceChange } from "../services.ts";
import type { InstanceRecord, ProfileRecord } from "../store.ts";
import { checkVolumes } from "../volumes/attached.ts";
import { checkConfig, expandConfig, expandDevices, withOwnVolatile, withoutStrangers } from "./configuration.ts";
import { type InstanceDependencies, instanceUrl } from "./dependencies.ts";
import { checkDevices } from "./devices/check.ts";
import { readRootDisk } from "./devices/disks.ts";
import { reserveFormats } from "./devices/host-sources.ts";
import { changeRunning, requirePluggable } from "./devices/live.ts";
import { requireRootSize } from "./devices/root-size.ts";
import { probeProxies } from "./devices/serve-proxies.ts";
import { withoutLastPower } from "./last-power.ts";
import { withLifetime } from "./life/lifetime.ts";
import { reserveAddresses } from "./ports.ts";
import { type ExpandedInstance, InstanceRecords } from "./records.ts";
import type { Runs } from "./runs.ts";
import { requireSameMachine } from "./states/same-machine.ts";

/** What an instance is to be, checked. */
export interface Revision {
  readonly description: string;
  /** Its own, with what the daemon noted. */
  readonly config: Config;
  readonly devices: Devices;
  readonly profiles: readonly ProfileRecord[];
  readonly ephemeral: boolean;
}

/** Makes the revision of an instance as it is now; asked again when nothing can change any more. */
export type Proposal = (current: InstanceRecord) => Promise<Revision>;

/**
 * Checks a change of an instance's configuration and returns what applies it; the caller runs that under the lock. Devices
 * and limits change at once where the driver can, else at the next start.
 */
export async function updateInstance(
  deps: InstanceDependencies,
  runs: Runs,
  record: InstanceRecord,
  changeOf: InstanceChange,
): Promise<() => Promise<undefined>> {
  const propose = async (current: InstanceRecord): Promise<Revision> => {
    const change = changeOf(current);
    return checkRevision(deps, current, {
      description: change.description ?? current.description,
      config: withoutLastPower(change.config ?? {}),
      devices: change.devices ?? {},
      profiles: await new InstanceRecords(deps.store).profiles(current.project, change.profiles ?? current.profiles),
      ephemeral: change.ephemeral ?? current.ephemeral,
    });
  };
  const { before, after } = await revise(deps, runs, record, propose);
  // Of what runs the addresses are tried when they are changed.
  if (!runs.isRunning(record.id)) await probeProxies(deps, before, after);
  return async () => {
    await applyRevision(deps, runs, record, propose);
    deps.events.lifecycle("instance-updated", instanceUrl(record.name), {}, record.project);
    return undefined;
  };
}

/**
 * Refuses what the instance cannot be; returns the revision with what the daemon notes of its devices. `all`: every
 * instance, when they are not as the store has them.
 */
export async function checkRevision(
  deps: InstanceDependencies,
  record: InstanceRecord,
  wanted: Revision,
  all?: readonly InstanceRecord[],
): Promise<Revision> {
  const owner = `instance ${record.name}`;
  const { profiles, devices } = wanted;
  const config = withOwnVolatile(owner, wanted.config, record.config);
  const expanded = { config: expandConfig(profiles, config), devices: expandDevices(profiles, devices) };
  checkConfig(owner, record.type, expanded.config, deps.host);
  checkDevices(owner, record.type, expanded.devices);
  const root = readRootDisk(owner, expanded.devices);
  if (root.pool !== record.pool)
    throw new LodgeError({
      code: "not_supported",
      message: `${owner} lies in pool "${record.pool}"; "lodge move ${record.name} --storage ${root.pool}" brings it to another.`,
    });
  const before = await new InstanceRecords(deps.store).expand(record);
  if (root.size !== readRootDisk(owner, before.devices).size) await requireRootSize(deps, owner, record.type, root);
  const networks = new Map((await deps.store.networks.list()).map((n) => [n.name, n]));
  const others = (all ?? (await deps.store.instances.list())).filter((r) => r.id !== record.id);
  const kept = withoutStrangers(config, expanded.devices);
  const addresses = reserveAddresses(owner, expanded.devices, kept, { networks, others, random: deps.random });
  const { id, type, project } = record;
  await checkVolumes(deps.store, { owner, project, type, devices: expanded.devices, id });
  const formats = await reserveFormats(deps.sources, {
    owner,
    type: record.type,
    devices: expanded.devices,
    before: { config: record.config, devices: before.devices },
  });
  const noted = { ...kept, ...addresses, ...formats };
  const claim = { ...record, config, devices, profiles: profiles.map(({ name }) => name) };
  await requireAllowed(deps.store, project, { instances: [claim], profiles });
  return { ...wanted, config: withLifetime(noted, expanded.config, deps.now()) };
}

/**
 * Stores a revision and changes a running instance's devices and limits. The record comes first: what an interruption leaves undone then
 * is what the next daemon finishes. The caller holds the lock.
 */
export async function applyRevision(
  deps: InstanceDependencies,
  runs: Runs,
  { id, name }: InstanceRecord,
  propose: Proposal,
): Promise<void> {
  const { before, after } = await deps.choosing.run(async () => {
    const current = await deps.store.instances.get(id);
    if (!current) {
      throw new LodgeError({ code: "instance_not_found", message: `Instance "${name}" does not exist any more.` });
    }
    const revised = await revise(deps, runs, current, propose);
    using _admitted = runs.isRunning(id) ? await deps.admission?.admit(revised.after, revised.before) : undefined;
    await deps.store.instances.put(revised.after.record);
    return revised;
  });
  if (!runs.isRunning(id)) return;
  try {
    await changeRunning(deps, before, after);
  } catch (error) {
    await deps.store.instances.put(before.record);
    throw error;
  }
}

/** What an instance is and what it is to be. Refused when it runs and its devices cannot be changed so. */
async function revise(
  deps: InstanceDependencies,
  runs: Runs,
  record: InstanceRecord,
  propose: Proposal,
): Promise<{ readonly before: ExpandedInstance; readonly after: ExpandedInstance }> {
  const after = expandRevision(record, await propose(record));
  const before = await new InstanceRecords(deps.store).expand(record);
  if (runs.isRunning(record.id)) requirePluggable(deps, before, after);
  requireSameMachine(before, after);
  return { before, after };
}

export function expandRevision(record: InstanceRecord, revision: Revision): ExpandedInstance {
  const { description, config, devices, profiles, ephemeral } = revision;
  return {
    record: { ...record, description, config, devices, ephemeral, profiles: profiles.map(({ name }) => name) },
    config: expandConfig(profiles, config),
    devices: expandDevices(profiles, devices),
  };
}
