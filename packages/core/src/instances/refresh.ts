/**
 * Brings an earlier copy up to date. What it is to become is made whole beside it, as an instance that nobody sees, and takes its place in one
 * moment: what ends before that leaves the copy as it was. Its name, its configuration, its identity and its addresses stay.
 */
import { type Config, LodgeError } from "@lodge/api";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import { requirePresent } from "../snapshots/creation.ts";
import { requireWhole } from "../snapshots/pending.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { InstanceRecord } from "../store.ts";
import { asRefreshed } from "./configuration.ts";
import { copyInstance } from "./copy.ts";
import { type InstanceDependencies, instanceUrl } from "./dependencies.ts";
import { readRootDisk } from "./devices/disks.ts";
import { withoutFresh } from "./fresh.ts";
import { freeBlock, shortId } from "./identity.ts";
import { triggered, triggerOf, withoutTrigger } from "./metadata/trigger.ts";
import { type CopyOrigin, isImageKey } from "./origin.ts";
import { InstanceRecords } from "./records.ts";
import { removeInstance } from "./removal.ts";
import { rootRequest } from "./root-request.ts";
import type { Runs } from "./runs.ts";

/** What a copy is to become. */
export interface Renewal {
  /** Of the image that its root stands on. */
  readonly fingerprint?: string;
  /** The source's, for what it says of its image. */
  readonly config: Config;
  /** The source's UUID, if it has said one. */
  readonly from: string | undefined;
  readonly hasTemplates: boolean;
  /** Makes the root, and its snapshots, of an instance that has neither. */
  readonly make: (record: InstanceRecord, request: RootRequest, context: OperationContext) => Promise<void>;
}

/** From an instance of the same server. */
export async function refreshCopy(
  deps: InstanceDependencies,
  runs: Runs,
  target: InstanceRecord,
  origin: CopyOrigin,
  hasTemplates: boolean,
): Promise<RunningOperation> {
  const { from, withSnapshots } = origin;
  if (from.id === target.id) {
    throw new LodgeError({
      code: "request_invalid",
      message: `Instance "${target.name}" cannot be brought up to date with itself; name the instance that it is a copy of.`,
    });
  }
  await requireRefreshable(deps, runs, target, { type: from.type, withSnapshots });
  const { fingerprint, config } = from;
  const { name, project } = target;
  return deps.operations.begin(
    { description: "Refreshing instance", resources: { instances: [instanceUrl(name)] }, project },
    async (context) => {
      await renewInstance(deps, runs, target, context, {
        ...(fingerprint !== undefined && { fingerprint }),
        config,
        from: from.uuid,
        hasTemplates,
        make: (record, request, within) => copyInstance(deps, runs, origin, record, request, within),
      });
      return undefined;
    },
  );
}

/** `withSnapshots`: those of the source come along; the copy's own go in any case. */
export async function requireRefreshable(
  deps: InstanceDependencies,
  runs: Runs,
  target: InstanceRecord,
  { type, withSnapshots }: Pick<InstanceRecord, "type"> & { readonly withSnapshots: boolean },
): Promise<void> {
  const { id, name } = target;
  if (type !== target.type) {
    throw new LodgeError({
      code: "request_invalid",
      message: `Instance "${name}" is a ${target.type} and cannot become a copy of a ${type}.`,
    });
  }
  requireUnused(runs, target);
  const [snapshot] = withSnapshots ? [] : await deps.store.snapshots.of(id);
  if (!snapshot) return;
  throw new LodgeError({
    code: "instance_has_snapshots",
    message: `Instance "${name}" has snapshots ("${snapshot.name}"), which would go with what it is now; delete them, or bring it up to date with the source's snapshots.`,
  });
}

function requireUnused(runs: Runs, target: InstanceRecord): void {
  const { id, name } = target;
  requireWhole(target);
  if (runs.isRunning(id)) {
    throw new LodgeError({
      code: "instance_wrong_state",
      message: `Instance "${name}" is running; stop it before it is brought up to date ("lodge stop ${name}").`,
    });
  }
  if (!target.state) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" is stopped with its memory, which is of the disk that it has; give it up first ("lodge start ${name} --stateless").`,
  });
}

export async function renewInstance(
  deps: InstanceDependencies,
  runs: Runs,
  target: InstanceRecord,
  context: OperationContext,
  renewal: Renewal,
): Promise<void> {
  const { store, lock } = deps;
  const made = await claimPlace(deps, target, renewal);
  let isInPlace = false;
  context.undo("copy", async () => {
    if (!isInPlace) await removeInstance(deps, made.id);
  });
  const { devices } = await new InstanceRecords(store).expand(made);
  const { size } = readRootDisk(`instance ${target.name}`, devices);
  await renewal.make(made, rootRequest(made, size), context);
  context.signal.throwIfAborted();
  await lock.run(target.id, async () => {
    await deps.choosing.run(() => takePlace(deps, runs, target, made, renewal.from));
    isInPlace = true;
    deps.events.lifecycle("instance-updated", instanceUrl(target.name), {}, target.project);
    runs.forget(target.id);
    // What it was goes; what is left of it the next daemon removes.
    await removeInstance(deps, target.id).catch((err: unknown) =>
      deps.log.warn({ instance: target.name, err }, "what a refreshed instance was before is left"),
    );
  });
}

/** An id of its own, for a root beside the copy's. */
function claimPlace(deps: InstanceDependencies, target: InstanceRecord, renewal: Renewal): Promise<InstanceRecord> {
  return deps.choosing.run(async () => {
    const all = await deps.store.instances.list();
    const idBlock = freeBlock(new Set(all.map((record) => record.idBlock)));
    if (idBlock === undefined) {
      throw new LodgeError({
        code: "limit_exceeds_host",
        message: "This host has no free id range for another instance; delete some.",
      });
    }
    const { fingerprint: _image, ...rest } = target;
    const uuid = deps.newUuid();
    const id = shortId(uuid);
    const record: InstanceRecord = {
      ...rest,
      ...{ id, uuid, idBlock, name: `refresh-${id}`, life: "creating", wanted: false },
      ...(renewal.fingerprint !== undefined && { fingerprint: renewal.fingerprint }),
      config: {
        ...renewedConfig(target, renewal.config, renewal.from),
        ...(renewal.hasTemplates && triggered("copy")),
      },
    };
    await deps.store.instances.put(record);
    return record;
  });
}

/** What the copy is called, has and is known by goes over to what was made, and its backups with that. */
async function takePlace(
  deps: InstanceDependencies,
  runs: Runs,
  target: InstanceRecord,
  made: InstanceRecord,
  from: string | undefined,
): Promise<void> {
  const current = await requirePresent(deps, target);
  requireUnused(runs, current);
  const { id, idBlock, fingerprint } = made;
  const { fingerprint: _image, ...rest } = current;
  const trigger = triggerOf(made);
  await deps.store.atomically(async ({ instances, backups }) => {
    await instances.put({ ...current, name: `refreshed-${current.id}`, life: "deleting", wanted: false });
    await instances.put({
      ...rest,
      ...{ id, idBlock },
      ...(fingerprint !== undefined && { fingerprint }),
      config: { ...renewedConfig(current, made.config, from), ...(trigger && triggered(trigger)) },
    });
    for (const backup of await backups.of(target.id)) await backups.put({ ...backup, instance: id });
  });
}

/** The copy's own, with what the source says of its image. */
function renewedConfig(copy: InstanceRecord, source: Config, from: string | undefined): Config {
  const own = Object.entries(withoutTrigger(withoutFresh(copy)).config).filter(([key]) => !isImageKey(key));
  const said = Object.entries(source).filter(([key]) => isImageKey(key));
  return asRefreshed(Object.fromEntries([...own, ...said]), from);
}
