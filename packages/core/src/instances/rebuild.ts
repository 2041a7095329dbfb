import { type Config, type InstanceRebuild, LodgeError } from "@lodge/api";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import { requirePresent } from "../snapshots/creation.ts";
import type { ImageRecord, InstanceRecord } from "../store.ts";
import { driverOf, type InstanceDependencies, instanceUrl, poolOf } from "./dependencies.ts";
import { readRootDisk } from "./devices/disks.ts";
import { triggered } from "./metadata/trigger.ts";
import { imageConfig, isImageKey } from "./origin.ts";
import { InstanceRecords } from "./records.ts";
import { rootRequest } from "./root-request.ts";
import type { Runs } from "./runs.ts";
import { settleStates } from "./states/settle.ts";

/** Gives a stopped instance a fresh root of an image, or an empty one. Its name, configuration, devices and addresses stay. */
export async function rebuildInstance(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  { source }: InstanceRebuild,
): Promise<RunningOperation> {
  if (source.type !== "image" && source.type !== "none") {
    throw new LodgeError({
      code: "not_supported",
      message: `Rebuilding "${owner.name}" from source type "${source.type}" is not supported; use "image" or "none".`,
    });
  }
  const fetched = source.type === "image" && !!source.server;
  const images = await deps.catalog.of(owner.project);
  const here = source.type === "image" && !fetched ? await images.resolve(source, owner.type) : undefined;
  await requireFree(deps, runs, owner);
  const { operations, lock, catalog, events } = deps;
  const { id, name, project } = owner;
  return operations.begin(
    { description: "Rebuilding instance", resources: { instances: [instanceUrl(name)] }, project, cancellable: false },
    async (context) => {
      const image = fetched ? await (await deps.remoteImages.of(project)).obtain(source, owner.type, context) : here;
      await lock.run(id, async () => {
        const before = await requirePresent(deps, owner);
        await requireFree(deps, runs, before);
        if (image) await catalog.use(image.fingerprint, (files) => unpack(deps, before, files, context));
        await replaceRoot(deps, before, image);
      });
      events.lifecycle("instance-updated", instanceUrl(name), {}, project);
      return undefined;
    },
  );
}

/** Refuses to take the root from under a run or a snapshot. */
async function requireFree(deps: InstanceDependencies, runs: Runs, { id, name }: InstanceRecord): Promise<void> {
  if (runs.isRunning(id)) {
    throw new LodgeError({
      code: "instance_wrong_state",
      message: `Instance "${name}" is running; stop it before it is rebuilt, or use "lodge rebuild --force".`,
    });
  }
  const [snapshot] = await deps.store.snapshots.of(id);
  if (!snapshot) return;
  throw new LodgeError({
    code: "instance_has_snapshots",
    message: `Instance "${name}" has snapshots ("${snapshot.name}"), which stand on its present root; delete them before it is rebuilt.`,
  });
}

function unpack(
  deps: InstanceDependencies,
  { pool }: InstanceRecord,
  files: Parameters<Parameters<InstanceDependencies["catalog"]["use"]>[1]>[0],
  { report, signal }: OperationContext,
): Promise<void> {
  const progress = (percent: number) => report({ rebuild_instance_unpack_progress: `Unpack: ${Math.round(percent)}%` });
  return poolOf(deps, pool).unpackImage(files, progress, signal);
}

/** The record comes first and says that its root is still to follow: see `finishPending`. */
async function replaceRoot(
  deps: InstanceDependencies,
  before: InstanceRecord,
  image: ImageRecord | undefined,
): Promise<void> {
  const { pending: _before, fingerprint: _image, state: _memory, ...rest } = before;
  const after: InstanceRecord = {
    ...rest,
    ...(image && { fingerprint: image.fingerprint }),
    config: {
      ...withoutImage(before.config),
      ...(image && imageConfig(image)),
      ...(image?.templates && triggered("create")),
    },
  };
  const { devices } = await new InstanceRecords(deps.store).expand(after);
  const { size } = readRootDisk(`instance ${before.name}`, devices);
  await deps.store.instances.put({ ...after, pending: { kind: "rebuild" } });
  try {
    await poolOf(deps, before.pool).replaceRoot(rootRequest(after, size));
  } catch (error) {
    await deps.store.instances.put(before);
    throw error;
  }
  // Keys, firmware variables and logs were the old system's.
  await driverOf(deps, before.type).forget(before.id);
  await deps.store.instances.put(after);
  await deps.store.instanceMetadata.remove(before.id);
  await settleStates(deps, before.id);
}

function withoutImage(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !isImageKey(key)));
}
