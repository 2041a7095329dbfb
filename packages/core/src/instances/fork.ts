/** Makes further instances of one that runs, which go on from where it is. */
import { type InstanceFork, LodgeError } from "@lodge/api";
import { inParallel } from "../in-parallel.ts";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import { requirePresent } from "../snapshots/creation.ts";
import { liveRootOf } from "../snapshots/live-root.ts";
import { requireWhole } from "../snapshots/pending.ts";
import type { LiveRoot } from "../storage/snapshots.ts";
import type { InstanceRecord } from "../store.ts";
import type { InstanceCreation } from "./create.ts";
import { driverOf, type InstanceDependencies, instanceUrl, poolOf } from "./dependencies.ts";
import { readRootDisk } from "./devices/disks.ts";
import { keepForForks, requireForkable } from "./forks/machine.ts";
import { forkNames } from "./forks/names.ts";
import { copyContent } from "./metadata/content.ts";
import { InstanceRecords } from "./records.ts";
import { announceDeletion } from "./removal.ts";
import { rootRequest } from "./root-request.ts";
import type { Runs } from "./runs.ts";
import type { Resumption } from "./saved-state.ts";

/** Forks that are started at once: each needs a processor for a moment. */
const startedAtOnce = 4;

/**
 * Forks of a virtual machine have its memory, processes and devices; those of a container have its files, and boot. Either all of
 * them are there in the end, or none.
 */
export async function forkInstance(
  deps: InstanceDependencies,
  runs: Runs,
  creation: InstanceCreation,
  source: InstanceRecord,
  request: InstanceFork,
): Promise<RunningOperation> {
  if (source.type === "virtual-machine") await requireForkable(deps, runs, source);
  const forks = await claimAll(deps, creation, source, request);
  const urls = forks.map(({ name }) => instanceUrl(name));
  return deps.operations.begin(
    { description: "Forking instance", resources: { instances: urls }, project: source.project },
    async (context) => {
      for (const fork of forks) undoWith(deps, runs, fork, context);
      await deps.lock.run(source.id, () => makeAll(deps, runs, source, forks, context));
      return undefined;
    },
  );
}

/** Takes all names and addresses, or none. */
async function claimAll(
  deps: InstanceDependencies,
  creation: InstanceCreation,
  source: InstanceRecord,
  { name, count, config, ephemeral }: InstanceFork,
): Promise<InstanceRecord[]> {
  const origin = { kind: "copy", from: source, withSnapshots: false } as const;
  const asked = { start: true, ...(config && { config }), ...(ephemeral !== undefined && { ephemeral }) };
  const claimed: InstanceRecord[] = [];
  try {
    for (const each of forkNames(name, count)) {
      const request = { ...asked, name: each, source: { type: "copy", source: source.name } } as const;
      claimed.push((await creation.claim(source.project, request, origin)).record);
    }
    return claimed;
  } catch (error) {
    for (const { id } of claimed) await deps.store.instances.remove(id);
    throw error;
  }
}

function undoWith(deps: InstanceDependencies, runs: Runs, fork: InstanceRecord, context: OperationContext): void {
  const { id, type, pool } = fork;
  context.undo("record", async () => {
    const announced = (await deps.store.instances.get(id))?.life === "present";
    await deps.store.instances.remove(id);
    if (announced) announceDeletion(deps, fork);
  });
  context.undo("logs and keys", () => driverOf(deps, type).forget(id));
  context.undo("root", () => poolOf(deps, pool).removeRoot(id));
  context.undo("run", async () => {
    if (runs.isRunning(id)) await runs.stop(id, { force: true, timeout: 0 });
  });
}

/** The caller holds the source's lock; nobody else knows of the forks yet. */
async function makeAll(
  deps: InstanceDependencies,
  runs: Runs,
  source: InstanceRecord,
  forks: readonly InstanceRecord[],
  context: OperationContext,
): Promise<void> {
  const current = await requirePresent(deps, source);
  requireWhole(current);
  for (const fork of forks) await copyContent(deps.store, current, fork);
  if (current.type === "container") {
    await copyRoots(deps, current, forks, liveRootOf(deps, runs, current));
    await startAll(deps, runs, forks, undefined, context);
  } else {
    await requireForkable(deps, runs, current);
    await using kept = await keepForForks(deps, runs, current, context);
    await copyRoots(deps, current, forks, kept.live);
    await startAll(deps, runs, forks, kept.resumption, context);
  }
  const names = forks.map(({ name }) => name);
  deps.events.lifecycle("instance-forked", instanceUrl(current.name), { forks: names }, current.project);
}

/** The source is asked once; the others are made of the first fork, which does not run yet. */
async function copyRoots(
  deps: InstanceDependencies,
  source: InstanceRecord,
  forks: readonly InstanceRecord[],
  live: LiveRoot | undefined,
): Promise<void> {
  const [first, ...others] = forks;
  if (!first) return;
  const pool = poolOf(deps, source.pool);
  if (first.pool !== source.pool) {
    throw new LodgeError({
      code: "not_supported",
      message: `Instance "${source.name}" lies in pool "${source.pool}" and cannot be forked into another.`,
    });
  }
  const request = async (fork: InstanceRecord) => {
    const { devices } = await new InstanceRecords(deps.store).expand(fork);
    return rootRequest(fork, readRootDisk(`instance ${fork.name}`, devices).size);
  };
  await pool.copyRoot({ from: source.id, ...(live && { live }) }, await request(first));
  for (const fork of others) await pool.copyRoot({ from: first.id }, await request(fork));
}

/** Nobody sees a fork before it is a machine of its own: a daemon that dies before leaves none. */
async function startAll(
  deps: InstanceDependencies,
  runs: Runs,
  forks: readonly InstanceRecord[],
  resume: Resumption | undefined,
  { signal }: OperationContext,
): Promise<void> {
  const failures: unknown[] = [];
  await inParallel(forks, startedAtOnce, async ({ id, name, project }) => {
    if (failures.length > 0) return;
    try {
      await deps.lock.run(id, async () => {
        await runs.start(id, signal, { ...(resume && { resume }) });
        const started = await deps.store.instances.get(id);
        if (started) await deps.store.instances.put({ ...started, life: "present" });
      });
      deps.events.lifecycle("instance-created", instanceUrl(name), {}, project);
    } catch (error) {
      failures.push(error);
    }
  });
  for (const failure of failures) throw failure;
  signal.throwIfAborted();
}
