/**
 * The first start of a virtual machine that was created before: it forks from a template as a launch does. Clients of LXD's API create
 * and start in two steps.
 */
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import { readRootDisk } from "../instances/devices/disks.ts";
import { type ExpandedInstance, InstanceRecords } from "../instances/records.ts";
import { rootRequest } from "../instances/root-request.ts";
import type { Runs } from "../instances/runs.ts";
import { renewRoot } from "../snapshots/pending.ts";
import type { InstanceRecord } from "../store.ts";
import type { Beginning } from "./beginning.ts";
import { beginFork, boot, type Launch, makeLaunchRoot, withBeginning } from "./launch.ts";
import type { Templates } from "./templates.ts";

/** Of an instance that is fresh. The caller holds its lock. */
export async function startFirst(
  deps: InstanceDependencies,
  runs: Runs,
  templates: Templates,
  record: InstanceRecord,
  signal: AbortSignal,
): Promise<void> {
  const { store } = deps;
  const instance = await new InstanceRecords(store).expand(record);
  const { size } = readRootDisk(`instance ${record.name}`, instance.devices);
  const launch: Launch = { deps, runs, templates, request: rootRequest(record, size) };
  const beginning = await begin(launch, instance);
  using _claim = beginning.kind === "fork" ? beginning.template : undefined;
  const begun = beginning.kind === "fork" ? await fork(launch, record, beginning, signal) : beginning;
  const current = (await store.instances.get(record.id)) ?? record;
  await store.instances.put(withBeginning(current, begun));
  if (begun.kind === "boot") await boot(launch, record, begun, signal);
}

/** A snapshot stands on the root that there is. */
async function begin({ deps, templates }: Launch, instance: ExpandedInstance): Promise<Beginning> {
  const [snapshot] = await deps.store.snapshots.of(instance.record.id);
  return snapshot ? { kind: "boot", why: "it has snapshots" } : templates.begin(instance);
}

/**
 * The record says first that the root is not its own: until the run has become a machine of its own, the next daemon ends it and makes
 * the root anew.
 */
async function fork(
  launch: Launch,
  record: InstanceRecord,
  beginning: Extract<Beginning, { kind: "fork" }>,
  signal: AbortSignal,
): Promise<Beginning> {
  const { deps, runs, request } = launch;
  const { store } = deps;
  const pool = poolOf(deps, record.pool);
  await store.instances.put({ ...record, pending: { kind: "fork" } });
  try {
    await pool.removeRoot(record.id);
    const rooted = await makeLaunchRoot(launch, record, beginning);
    const begun = await beginFork(launch, record, rooted, signal);
    if (begun.kind === "boot") await settle(deps, record);
    return begun;
  } catch (error) {
    if (!runs.isRunning(record.id)) {
      await renewRoot(pool, request);
      await settle(deps, record);
    }
    throw error;
  }
}

/** Its root is its own again. Read anew: what was changed meanwhile stays. */
async function settle({ store }: InstanceDependencies, { id }: InstanceRecord): Promise<void> {
  const current = await store.instances.get(id);
  if (!current) return;
  const { pending: _fork, ...whole } = current;
  await store.instances.put(whole);
}
