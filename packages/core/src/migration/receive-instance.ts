import type { Readable } from "node:stream";
import { type InstanceBackupIndex, type InstanceCreate, LodgeError } from "@lodge/api";
import type { BackupReading } from "../backups/archives.ts";
import { originOf, requireOfInstance } from "../backups/import.ts";
import type { InstanceCreation } from "../instances/create.ts";
import { type InstanceDependencies, instanceUrl } from "../instances/dependencies.ts";
import { checkInstanceName, generateName } from "../instances/names.ts";
import { InstanceRecords } from "../instances/records.ts";
import type { OperationContext } from "../operations/operation.ts";
import { receiveOver } from "./exchange.ts";
import { movedIndex } from "./moved-index.ts";
import { inSilence, reportBytes } from "./progress.ts";
import type { MigrationSide } from "./side.ts";

/** The side of a migration that gets an instance: there is none until all of it has come, and then it is whole. */
export async function receiveInstance(
  deps: InstanceDependencies,
  creation: InstanceCreation,
  project: string,
  request: InstanceCreate,
): Promise<MigrationSide> {
  if (request.source.refresh) {
    throw new LodgeError({
      code: "not_supported",
      message: "Bringing an earlier copy up to date is not supported; delete it and copy again.",
    });
  }
  const { store, random } = deps;
  const names = new Set((await store.instances.list()).filter((r) => r.project === project).map((r) => r.name));
  const name = request.name || generateName(names, random);
  checkInstanceName(name, names);
  await new InstanceRecords(store).profiles(project, request.profiles ?? []);
  const make = async (bytes: Readable, context: OperationContext) => {
    await using reading = await deps.archives.read(bytes);
    requireOfInstance(reading);
    await makeOf(deps, creation, project, { ...request, name }, reading, context);
  };
  return {
    description: "Creating instance",
    resources: { instances: [instanceUrl(name)] },
    async run(link, context) {
      const stop = reportBytes(link, name, context, deps);
      try {
        await receiveOver(link, "instance", (bytes) => make(bytes, inSilence(context)));
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
