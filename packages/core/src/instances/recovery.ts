import type { InstanceType } from "@lodge/api";
import { dropUnfinishedBackups } from "../backups/recovery.ts";
import { definitionsOf } from "../networks/definition.ts";
import { finishPending } from "../snapshots/pending.ts";
import { compactRoots, dropUnfinishedSnapshots } from "../snapshots/recovery.ts";
import type { PoolDriver } from "../storage/pool.ts";
import type { InstanceRecord } from "../store.ts";
import { recoverVolumes } from "../volumes/recovery.ts";
import { driverOf, type InstanceDependencies, poolOf } from "./dependencies.ts";
import { settleRunning } from "./devices/live.ts";
import { forwardsOf, settleProxies } from "./devices/serve-proxies.ts";
import { identityOf } from "./identity.ts";
import type { HostBoot } from "./life/host-boot.ts";
import { finishRestarts } from "./life/restarting.ts";
import { endBoundInstances } from "./life/session-bound.ts";
import { portsOf } from "./ports.ts";
import { type ExpandedInstance, InstanceRecords } from "./records.ts";
import { removeInstance } from "./removal.ts";
import type { Runs } from "./runs.ts";
import { settleStates } from "./states/settle.ts";

/**
 * Brings the store and the host together at daemon start, whatever instant the last daemon died at: adopts what runs,
 * settles what ended, undoes what was being made, finishes what was being removed, and clears away what nobody owns.
 */
export async function recoverInstances(deps: InstanceDependencies, runs: Runs, boot: HostBoot): Promise<void> {
  await boot.read();
  const records = await deps.store.instances.list();
  const present = records.filter((r) => r.life === "present");
  const unfinished = records.filter((r) => r.life !== "present");
  // What holds a state does not run: a run that was ending with it, or had not begun from it, is ended as a stranger's. So is one that
  // was not a machine of its own yet.
  const mayRun = present.filter(({ state, pending }) => state === undefined && pending?.kind !== "fork");
  // Before the drivers look: an end they report must find its run.
  const fate = ({ id, restarting }: InstanceRecord) =>
    boot.wentWithHost(id) ? "host" : restarting ? "restart" : undefined;
  for (const record of mayRun) if (record.wanted) runs.adopt(record.id, fate(record));
  await Promise.all([...deps.drivers.keys()].map((type) => reconcileDriver(deps, type, mayRun)));
  const running = await adoptRunning(deps, runs, present);
  const expandedRunning = await new InstanceRecords(deps.store).expandAll(running);
  await reconcileNetworks(deps, expandedRunning);
  await Promise.all(expandedRunning.map((instance) => settleRunning(deps, instance)));
  await settleProxies(deps, expandedRunning);
  for (const record of unfinished) {
    if (!deps.pools.get(record.pool)) continue;
    deps.log.warn({ instance: record.name, life: record.life }, "settling an unfinished instance");
    await deps.lock.run(record.id, () => removeInstance(deps, record.id));
  }
  const owners = await dropUnfinishedSnapshots(deps, present);
  await dropUnfinishedBackups(deps);
  await reconcilePools(deps, present, running);
  for (const record of present.filter(({ pending }) => pending)) {
    await deps.lock.run(record.id, () => finishPending(deps, record));
  }
  const machines = present.filter(({ type }) => type === "virtual-machine");
  if (!deps.keepUnknown) await Promise.all(machines.map(({ id }) => settleStates(deps, id)));
  // Read again: records have changed.
  const settled = (await deps.store.instances.list()).filter((r) => r.life === "present");
  await boot.decide(settled, new Set(running.map(({ id }) => id)));
  runs.recovered();
  void finishRestarts(deps, runs, running);
  void endBoundInstances(deps, runs, present);
  void compactRoots(deps, runs, owners);
}

async function reconcileDriver(
  deps: InstanceDependencies,
  type: InstanceType,
  present: readonly InstanceRecord[],
): Promise<void> {
  const known = await new InstanceRecords(deps.store).expandAll(present.filter((record) => record.type === type));
  await driverOf(deps, type).reconcile(known.map(({ record, config }) => identityOf(record, config, deps)));
}

/** Those that run are adopted; those that were wanted and do not run have ended without a report. */
async function adoptRunning(
  deps: InstanceDependencies,
  runs: Runs,
  present: readonly InstanceRecord[],
): Promise<InstanceRecord[]> {
  const seen = await Promise.all(
    present.map(async (record) => ({ record, status: (await driverOf(deps, record.type).observe(record.id)).status })),
  );
  const running = seen.filter(({ status }) => status !== "Stopped").map(({ record }) => record);
  for (const record of running) {
    runs.adopt(record.id);
    if (!record.wanted) await deps.store.instances.put({ ...record, wanted: true });
  }
  const ended = present.filter((record) => !running.includes(record) && runs.isRunning(record.id));
  for (const record of ended) {
    // Not awaited: it is settled once recovery is through. A report of the driver's own comes first and then counts.
    void runs.exited(record.id, {
      reason: "crash",
      detail: "It was gone when the daemon started: the host restarted, or it was killed from outside.",
    });
  }
  return running;
}

async function reconcileNetworks(deps: InstanceDependencies, running: readonly ExpandedInstance[]): Promise<void> {
  const stored = await deps.store.networks.list();
  const networks = new Map(stored.map((n) => [n.name, n]));
  const ports = running.map(({ record, devices }) => portsOf(record, devices, networks));
  const forwards = running.flatMap((instance, index) => forwardsOf(deps, instance, ports[index] ?? []));
  await deps.network.reconcile(definitionsOf(stored), ports.flat(), forwards);
}

async function reconcilePools(
  deps: InstanceDependencies,
  present: readonly InstanceRecord[],
  running: readonly InstanceRecord[],
): Promise<void> {
  const backups = await deps.store.backups.list();
  for (const name of deps.pools.keys()) {
    const pool = poolOf(deps, name);
    const putBy = backups.filter((backup) => backup.pool === name);
    if (!deps.keepUnknown) await reconcilePool(deps, name, pool, present);
    await recoverVolumes(deps, name, pool);
    const here = present.filter((r) => r.pool === name && !running.includes(r));
    await pool.settleRoots([...here, ...putBy].map(({ id }) => id));
  }
}

/** Removes from a pool what no record names. Nothing may be made in it meanwhile. */
async function reconcilePool(
  deps: InstanceDependencies,
  name: string,
  pool: PoolDriver,
  present: readonly InstanceRecord[],
): Promise<void> {
  const fingerprints = (await deps.store.images.list()).map((image) => image.fingerprint);
  const used = present.flatMap(({ fingerprint }) => fingerprint ?? []);
  const kept = Map.groupBy(await deps.store.snapshots.list(), ({ instance }) => instance);
  const here = present.filter((r) => r.pool === name);
  const putBy = (await deps.store.backups.list()).filter((b) => b.pool === name && b.life === "present");
  const roots = new Map([
    ...here.map(({ id }) => [id, (kept.get(id) ?? []).map((snapshot) => snapshot.id)] as const),
    ...putBy.map(({ id, snapshots }) => [id, snapshots.map((snapshot) => snapshot.id)] as const),
  ]);
  for (const template of await deps.store.templates.list()) if (template.pool === name) roots.set(template.id, []);
  await pool.reconcile(roots, [...new Set([...fingerprints, ...used])]);
}

/** What `recoverInstances` does with a pool, for one that could not be opened then and is now: before it is used. */
export async function recoverPool(deps: InstanceDependencies, name: string, pool: PoolDriver): Promise<void> {
  const records = await deps.store.instances.list();
  if (!deps.keepUnknown)
    await reconcilePool(
      deps,
      name,
      pool,
      records.filter((r) => r.life === "present"),
    );
  await recoverVolumes(deps, name, pool);
  const settling = { ...deps, pools: new Map([[name, pool]]) };
  for (const { id } of records.filter((r) => r.pool === name && r.life !== "present"))
    await deps.lock.run(id, () => removeInstance(settling, id));
}
