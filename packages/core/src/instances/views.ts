/** Instances as clients see them: their records, with what drivers, pools and networks say of them at this moment. */
import type { Instance, InstanceFull, InstanceState } from "@lodge/api";
import { renderBackup } from "../backups/render.ts";
import { inParallel } from "../in-parallel.ts";
import { KnownSnapshotViews } from "../snapshots/known-views.ts";
import type { RootUsage } from "../storage/pool.ts";
import type { InstanceRecord, NetworkRecord } from "../store.ts";
import { driverOf, type InstanceDependencies } from "./dependencies.ts";
import type { DiskLimitsSeen } from "./devices/io-limits.ts";
import { diskLimitsOf } from "./devices/live-io-limits.ts";
import type { InstanceId, Observation } from "./driver.ts";
import { bootState } from "./life/boot-state.ts";
import { problemOf } from "./life/problem.ts";
import { portsOf } from "./ports.ts";
import { type ExpandedInstance, InstanceRecords } from "./records.ts";
import { type ObservedNic, renderInstance, renderState } from "./render.ts";
import type { Runs } from "./runs.ts";

/** Milliseconds that a list's space of an instance that runs may be old: it may take long to be counted. */
const spaceAge = 10_000;

/** Instances whose space is counted at the same time. */
const mostAtOnce = 32;

interface Seen {
  readonly expanded: ExpandedInstance;
  readonly seen: Observation;
}

export class InstanceViews {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #records: InstanceRecords;
  readonly #snapshots = new KnownSnapshotViews();

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
    this.#records = new InstanceRecords(deps.store);
  }

  async one(record: InstanceRecord): Promise<Instance> {
    return rendered(await this.#see(await this.#records.expand(record)));
  }

  async state(record: InstanceRecord): Promise<InstanceState> {
    const one = await this.#see(await this.#records.expand(record));
    return this.#state(one, await this.#networks(), 0);
  }

  async list(project: string): Promise<Instance[]> {
    return (await this.#seeAll(project)).map(rendered);
  }

  /** Each table is read once, however many instances there are. Snapshots without the space that each takes. */
  async listFull(project: string, accepts: (instance: Instance) => boolean): Promise<InstanceFull[]> {
    const { store } = this.#deps;
    const [all, networks, profiles, snapshots, backups] = await Promise.all([
      this.#seeAll(project),
      this.#networks(),
      this.#records.profilesOf(project),
      store.snapshots.list().then(presentByInstance),
      store.backups.list().then(presentByInstance),
    ]);
    const wanted = all.map((one) => ({ one, instance: rendered(one) })).filter(({ instance }) => accepts(instance));
    const full: InstanceFull[] = [];
    await inParallel([...wanted.entries()], mostAtOnce, async ([index, { one, instance }]) => {
      const { id } = one.expanded.record;
      const age = one.seen.pid === 0 ? Number.POSITIVE_INFINITY : spaceAge;
      const state = await this.#state(one, networks, age);
      full[index] = {
        ...{ ...instance, state },
        snapshots: (snapshots.get(id) ?? []).map((snapshot) => this.#snapshots.of(snapshot, profiles)),
        backups: (backups.get(id) ?? []).map(renderBackup),
      };
    });
    return full;
  }

  async #seeAll(project: string): Promise<Seen[]> {
    const all = await this.#records.listExpanded(project);
    return Promise.all(all.map((expanded) => this.#see(expanded)));
  }

  /** What does not run at this moment is not always stopped: a guest that reboots is not. */
  async #see(expanded: ExpandedInstance): Promise<Seen> {
    const { record } = expanded;
    const seen = await driverOf(this.#deps, record.type).observe(record.id);
    if (seen.status !== "Stopped") return { expanded, seen };
    if (this.#runs.isStarting(record.id)) return { expanded, seen: { ...seen, status: "Starting" } };
    // What follows on its end is not decided yet: often a restart.
    if (this.#runs.isRunning(record.id) || this.#runs.isRebooting(record.id))
      return { expanded, seen: { ...seen, status: "Running" } };
    return { expanded, seen: problemOf(record) === undefined ? seen : { ...seen, status: "Error" } };
  }

  async #state(
    { expanded, seen }: Seen,
    networks: ReadonlyMap<string, NetworkRecord>,
    spaceAge: number,
  ): Promise<InstanceState> {
    const { record } = expanded;
    const [space, nics, limits] = await Promise.all([
      this.#space(record, spaceAge),
      seen.pid === 0 ? [] : this.#nics(expanded, networks),
      seen.pid === 0 ? {} : this.#diskLimits(expanded),
    ]);
    return renderState(seen, { nics, space, limits, boot: bootState(this.#runs, record, seen) });
  }

  /** With the state that it holds. One damaged root shall not take the list of all instances away. */
  async #space({ name, id, pool, state }: InstanceRecord, maxAge: number): Promise<RootUsage> {
    try {
      const { bytes = 0, layers } = (await this.#deps.pools.get(pool)?.rootUsage(id, maxAge)) ?? {};
      return { bytes: bytes + (state?.size ?? 0), ...(layers && { layers }) };
    } catch (err) {
      // Whatever is wrong with what is being deleted is no matter.
      if ((await this.#deps.store.instances.get(id))?.life === "present")
        this.#deps.log.error({ instance: name, err }, "the space that an instance uses cannot be told");
      return { bytes: 0 };
    }
  }

  /** One that ends at this moment has none any more. */
  async #diskLimits(expanded: ExpandedInstance): Promise<Readonly<Record<string, DiskLimitsSeen>>> {
    return diskLimitsOf(this.#deps, expanded).catch(() => ({}));
  }

  async #nics(
    { record, devices }: ExpandedInstance,
    networks: ReadonlyMap<string, NetworkRecord>,
  ): Promise<ObservedNic[]> {
    const states = await this.#deps.network.state(record.id);
    return portsOf(record, devices, networks).flatMap(({ device, interface: inside = device, mac }) => {
      const state = states[device];
      return state ? [{ device: inside, mac, state }] : [];
    });
  }

  async #networks(): Promise<ReadonlyMap<string, NetworkRecord>> {
    return new Map((await this.#deps.store.networks.list()).map((network) => [network.name, network]));
  }
}

const rendered = ({ expanded, seen }: Seen): Instance => renderInstance(expanded, seen.status);

const presentByInstance = <Row extends { readonly instance: InstanceId; readonly life: string }>(
  rows: readonly Row[],
): Map<InstanceId, Row[]> =>
  Map.groupBy(
    rows.filter(({ life }) => life === "present"),
    ({ instance }) => instance,
  );
