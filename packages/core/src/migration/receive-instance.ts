import type { Readable } from "node:stream";
import { type InstanceBackupIndex, type InstanceCreate, LodgeError, type MigratedSnapshot } from "@lodge/api";
import type { BackupReading } from "../backups/archives.ts";
import { originOf, requireOfInstance } from "../backups/import.ts";
import { importRoot } from "../backups/import-root.ts";
import type { InstanceCreation } from "../instances/create.ts";
import { type InstanceDependencies, instanceUrl } from "../instances/dependencies.ts";
import { checkInstanceName, generateName } from "../instances/names.ts";
import { InstanceRecords } from "../instances/records.ts";
import { renewInstance, requireRefreshable } from "../instances/refresh.ts";
import type { Runs } from "../instances/runs.ts";
import type { OperationContext } from "../operations/operation.ts";
import { presentSnapshots } from "../snapshots/records.ts";
import type { InstanceRecord } from "../store.ts";
import { bringChanges } from "./bring-changes.ts";
import { commonSnapshots } from "./common-snapshots.ts";
import { type Had, receiveOver } from "./exchange.ts";
import { movedIndex } from "./moved-index.ts";
import { inSilence, reportBytes } from "./progress.ts";
import type { MigrationSide } from "./side.ts";

/** The side of a migration that gets an instance: there is none until all of it has come, and then it is whole. */
export async function receiveInstance(
  deps: InstanceDependencies,
  runs: Runs,
  creation: InstanceCreation,
  project: string,
  request: InstanceCreate,
): Promise<MigrationSide> {
  const { store, random } = deps;
  const target = request.source.refresh ? await findTarget(deps, project, request.name) : undefined;
  if (target) return receiveRenewal(deps, runs, target, request);
  const names = new Set((await store.instances.list()).filter((r) => r.project === project).map((r) => r.name));
  const name = request.name || generateName(names, random);
  checkInstanceName(name, names);
  await new InstanceRecords(store).profiles(project, request.profiles ?? []);
  const make = async (bytes: Readable, context: OperationContext) => {
    await using reading = await deps.archives.read(bytes);
    requireOfInstance(reading);
    await makeOf(deps, creation, project, { ...request, name }, reading, context);
  };
  return { description: "Creating instance", ...receiving(deps, name, make) };
}

/** An earlier copy becomes what the source is now. */
async function receiveRenewal(
  deps: InstanceDependencies,
  runs: Runs,
  target: InstanceRecord,
  { source, type }: InstanceCreate,
): Promise<MigrationSide> {
  const withSnapshots = source.instance_only !== true;
  await requireRefreshable(deps, runs, target, { type: type || target.type, withSnapshots });
  const make = async (bytes: Readable, context: OperationContext, had?: Had) => {
    await using reading = await deps.archives.read(bytes);
    requireOfInstance(reading);
    const { since } = reading.index;
    if (since?.uuid !== had?.since.uuid) throw otherBase(target);
    const { instance, metadata } = movedIndex({ ...reading.index, since: undefined }, { type: target.type });
    // What only changes goes on standing on what it stands on.
    const { fingerprint } = had ? target : await originOf(deps, reading);
    await renewInstance(deps, runs, target, context, {
      ...(fingerprint !== undefined && { fingerprint }),
      config: instance.config ?? {},
      from: reading.index.instance.config?.["volatile.uuid"],
      hasTemplates: false,
      make: async (record, request, within) => {
        if (had) await bringChanges(deps, { target, had, reading, record, request }, within);
        else await importRoot(deps, reading, record, request, within);
        if (metadata) await deps.store.instanceMetadata.put({ instance: record.id, ...metadata });
      },
    });
  };
  const has = async (offered: readonly MigratedSnapshot[]) =>
    withSnapshots ? commonSnapshots(offered, await presentSnapshots(deps.store, target)) : undefined;
  return { description: "Refreshing instance", ...receiving(deps, target.name, make, has) };
}

async function findTarget(
  { store }: InstanceDependencies,
  project: string,
  name: string | undefined,
): Promise<InstanceRecord | undefined> {
  return (await new InstanceRecords(store).list(project)).find((record) => record.name === name);
}

function otherBase({ name }: InstanceRecord): LodgeError {
  return new LodgeError({
    code: "migration_failed",
    message: `What came for "${name}" is not what was asked for: it goes on from another snapshot. Nothing of it is kept.`,
  });
}

function receiving(
  deps: InstanceDependencies,
  name: string,
  make: (bytes: Readable, context: OperationContext, had?: Had) => Promise<void>,
  has?: Parameters<typeof receiveOver>[3],
): Pick<MigrationSide, "resources" | "run"> {
  return {
    resources: { instances: [instanceUrl(name)] },
    async run(link, context) {
      const stop = reportBytes(link, name, context, deps);
      try {
        await receiveOver(link, "instance", (bytes, had) => make(bytes, inSilence(context), had), has);
      } finally {
        stop();
      }
    },
  };
}

async function makeOf(
  deps: InstanceDependencies,
  creation: InstanceCreation,
  project: string,
  request: InstanceCreate,
  reading: BackupReading<InstanceBackupIndex>,
  context: OperationContext,
): Promise<void> {
  const index = movedIndex(reading.index, request);
  const origin = await originOf(deps, {
    index,
    states: (limits) => reading.states(limits),
    [Symbol.asyncDispose]: () => reading[Symbol.asyncDispose](),
  });
  const create: InstanceCreate = {
    name: request.name,
    source: { type: "none" },
    profiles: index.instance.profiles ?? [],
    ...(request.instance_type && { instance_type: request.instance_type }),
  };
  await creation.createIn(project, create, origin, context);
}
