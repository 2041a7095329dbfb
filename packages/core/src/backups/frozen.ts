/** What a backup is made of: a root that nothing writes to. */
import { LodgeError } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import { readRootDisk } from "../instances/devices/disks.ts";
import type { InstanceId } from "../instances/driver.ts";
import { shortId } from "../instances/identity.ts";
import { keptContent } from "../instances/metadata/content.ts";
import { type ExpandedInstance, InstanceRecords } from "../instances/records.ts";
import { requireStopped } from "../instances/removal.ts";
import { rootRequest } from "../instances/root-request.ts";
import type { Runs } from "../instances/runs.ts";
import { homeOf } from "../projects/records.ts";
import { requirePresent } from "../snapshots/creation.ts";
import { liveRootOf } from "../snapshots/live-root.ts";
import { requireWhole } from "../snapshots/pending.ts";
import { findSnapshot, presentSnapshots } from "../snapshots/records.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { BackupRecord, InstanceRecord, PoolRecord, SnapshotRecord, Store } from "../store.ts";
import { type Increment, incrementSince } from "./increment.ts";
import { indexContent } from "./index-content.ts";

export interface Frozen {
  readonly pool: string;
  /** As the pool knows it. */
  readonly root: RootRequest;
  /** Of that root, the oldest first. */
  readonly snapshots: BackupRecord["snapshots"];
  /** Of an increment: the snapshot of that root from which it goes on; those in `snapshots` came after it. */
  readonly base?: BackupRecord["snapshots"][number];
  readonly index: Readonly<Record<string, unknown>>;
  /** Which block of host ids its instance has. */
  readonly idBlock: number;
}

export interface FreezeRequest {
  readonly instanceOnly: boolean;
  /** A snapshot, to make an increment since that. */
  readonly since?: string;
}

/** Copies a root, running or not, as it is at one moment, with its snapshots. The caller removes it. */
export function freezeCopy(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  id: InstanceId,
  request: FreezeRequest,
): Promise<Frozen> {
  return deps.lock.run(owner.id, async () => {
    const frozen = await describeNow(deps, owner, request);
    const { record } = frozen.instance;
    const live = liveRootOf(deps, runs, record);
    const copyOf = ({ id: of, name }: Frozen["snapshots"][number]) => {
      return { of, name, id: shortId(deps.newUuid()) as string as SnapshotId };
    };
    const base = frozen.base && copyOf(frozen.base);
    const snapshots = frozen.snapshots.map(copyOf);
    const along = [...(base ? [base] : []), ...snapshots];
    const { size: _asLarge, ...root } = { ...frozen.root, id };
    await poolOf(deps, record.pool).copyRoot(
      { from: record.id, snapshots: new Map(along.map((each) => [each.of, each.id])), ...(live && { live }) },
      root,
    );
    const named = ({ id: copy, name }: ReturnType<typeof copyOf>) => ({ id: copy, name });
    return { ...frozen, root, snapshots: snapshots.map(named), ...(base && { base: named(base) }) };
  });
}

/** Copies what an instance was at a snapshot, as if it were an instance of its own. The caller removes it. */
export function freezeSnapshot(
  deps: InstanceDependencies,
  owner: InstanceRecord,
  snapshot: SnapshotRecord,
  id: InstanceId,
): Promise<Frozen> {
  return deps.lock.run(owner.id, async () => {
    const record = await requirePresent(deps, owner);
    const current = await findSnapshot(deps.store, record, snapshot.name);
    const { description, architecture, config, devices, profiles, ephemeral } = current;
    const { state: _memory, ...bare } = record;
    const then = { ...bare, description, architecture, config, devices, profiles, ephemeral };
    const frozen = await describe(deps, then, [], undefined);
    const { size: _asLarge, ...root } = { ...frozen.root, id };
    await poolOf(deps, record.pool).copyRoot({ from: record.id, snapshot: current.id }, root);
    return { ...frozen, root };
  });
}

export interface Held extends Frozen {
  readonly release: () => void;
}

/** Keeps a stopped instance as it is, without copying anything: whatever wants to change it waits until it is released. */
export function holdStopped(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  request: Pick<FreezeRequest, "instanceOnly">,
): Promise<Held> {
  const held = Promise.withResolvers<Held>();
  const released = Promise.withResolvers<void>();
  deps.lock
    .run(owner.id, async () => {
      const frozen = await describeNow(deps, owner, request);
      requireStopped(owner.name, runs.isRunning(owner.id));
      held.resolve({ ...frozen, release: released.resolve });
      await released.promise;
    })
    .catch(held.reject);
  return held.promise;
}

async function requirePool(store: Pick<Store, "pools">, name: string): Promise<PoolRecord> {
  const pool = await store.pools.get(name);
  if (pool) return pool;
  throw new LodgeError({ code: "pool_not_found", message: `Storage pool "${name}" does not exist any more.` });
}

interface Described extends Frozen {
  readonly instance: ExpandedInstance;
}

/** The caller holds the lock. */
async function describeNow(
  deps: InstanceDependencies,
  owner: InstanceRecord,
  { instanceOnly, since }: FreezeRequest,
): Promise<Described> {
  const record = await requirePresent(deps, owner);
  requireWhole(record);
  const present = await presentSnapshots(deps.store, record);
  const increment = since === undefined ? undefined : incrementSince(record, present, since);
  return describe(deps, record, instanceOnly ? [] : (increment?.after ?? present), increment);
}

async function describe(
  deps: InstanceDependencies,
  record: InstanceRecord,
  snapshots: readonly SnapshotRecord[],
  increment: Increment | undefined,
): Promise<Described> {
  const { store } = deps;
  const instance = await new InstanceRecords(store).expand(record);
  const named = new Set([record, ...snapshots].flatMap(({ profiles }) => profiles));
  const home = await homeOf(store, record.project, "features.profiles");
  const profiles = (await store.profiles.list()).filter((p) => p.project === home && named.has(p.name));
  const pool = await requirePool(store, record.pool);
  const { size } = readRootDisk(`instance ${record.name}`, instance.devices);
  return {
    pool: record.pool,
    root: rootRequest(record, size),
    snapshots: snapshots.map(({ id, name }) => ({ id, name })),
    index: {
      ...indexContent({ instance, snapshots, profiles, pool, content: await keptContent(store, record) }),
      ...(increment && { lodge: increment.note }),
    },
    ...(increment && { base: { id: increment.base.id, name: increment.base.name } }),
    idBlock: record.idBlock,
    instance,
  };
}
