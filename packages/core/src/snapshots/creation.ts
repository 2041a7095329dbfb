import { type Config, LodgeError, type SnapshotCreate, timeAfter } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import { shortId } from "../instances/identity.ts";
import { InstanceRecords } from "../instances/records.ts";
import type { Runs } from "../instances/runs.ts";
import { settleStates } from "../instances/states/settle.ts";
import type { RunningOperation } from "../operations/operation.ts";
import { requireUnblocked } from "../projects/allowed.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import { liveRootOf } from "./live-root.ts";
import { checkSnapshotName, instanceOwner, nextSnapshotName } from "./names.ts";
import { requireWhole } from "./pending.ts";
import { newIdentity, snapshotContent } from "./records.ts";
import { parseExpiry } from "./render.ts";
import { keepWithState, requireState } from "./stateful.ts";
import { snapshotResources, snapshotUrl } from "./urls.ts";

/** Keeps an instance as it is, running or not. */
export async function createSnapshot(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  request: SnapshotCreate,
): Promise<RunningOperation> {
  await requireUnblocked(deps.store, owner.project, "restricted.snapshots");
  const stateful = request.stateful === true;
  if (stateful) await requireState(deps, runs, owner);
  const snapshot = await claim(deps, owner, request);
  const { store, events, lock, operations } = deps;
  return operations.begin(
    {
      description: "Creating snapshot",
      resources: snapshotResources(owner.name, snapshot.name),
      project: owner.project,
      cancellable: stateful,
    },
    (context) =>
      lock.run(owner.id, async () => {
        const place = { root: owner.id, snapshot: snapshot.id };
        const { snapshots } = poolOf(deps, owner.pool);
        if (stateful) context.undo("state", () => settleStates(deps, owner.id));
        context.undo("record", () => store.snapshots.remove(snapshot.id));
        context.undo("snapshot", () => snapshots.remove(place));
        const current = await requirePresent(deps, owner);
        requireWhole(current);
        const state = stateful ? await keepWithState(deps, runs, current, place, context) : undefined;
        if (!state) await snapshots.create(place, liveRootOf(deps, runs, current));
        const kept = snapshotContent(current);
        const config = { ...kept.config, ...newIdentity(deps.newUuid()) };
        const content = { ...kept, config, ...(state && { state }) };
        await store.snapshots.put({ ...snapshot, ...content, createdAt: deps.now(), life: "present" });
        events.lifecycle("instance-snapshot-created", snapshotUrl(current.name, snapshot.name), {}, current.project);
        return undefined;
      }),
  );
}

/** Takes a name by a record that says `creating`. */
function claim(deps: InstanceDependencies, owner: InstanceRecord, request: SnapshotCreate): Promise<SnapshotRecord> {
  return deps.choosing.run(async () => {
    const others = await deps.store.snapshots.of(owner.id);
    const { config } = await new InstanceRecords(deps.store).expand(owner);
    const taken = others.map((other) => other.name);
    const name = request.name || nextSnapshotName(config, taken, deps.now());
    checkSnapshotName(instanceOwner(owner), name, others);
    const expiresAt = expiryOf(request, config, deps.now());
    const snapshot: SnapshotRecord = {
      id: shortId(deps.newUuid()) as string as SnapshotId,
      instance: owner.id,
      name,
      ...snapshotContent(owner),
      life: "creating",
      createdAt: deps.now(),
      ...(expiresAt && { expiresAt }),
    };
    await deps.store.snapshots.put(snapshot);
    return snapshot;
  });
}

/** What the request says, also that it is kept for good; else what the instance does. */
function expiryOf({ expires_at }: SnapshotCreate, config: Config, now: Date): Date | undefined {
  const { "snapshots.expiry": span } = config;
  if (expires_at === undefined || expires_at === null) return span ? timeAfter(now, span) : undefined;
  return parseExpiry(expires_at);
}

/** The instance as it is now. The caller holds its lock. */
export async function requirePresent(
  deps: InstanceDependencies,
  { id, name }: InstanceRecord,
): Promise<InstanceRecord> {
  const current = await deps.store.instances.get(id);
  if (current?.life === "present") return current;
  throw new LodgeError({ code: "instance_not_found", message: `Instance "${name}" does not exist any more.` });
}
