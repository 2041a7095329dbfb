import type { Readable } from "node:stream";
import { type Devices, type InstanceBackupIndex, type InstanceCreate, LodgeError } from "@lodge/api";
import { rowsOfImage } from "../images/of-project.ts";
import { expandDevices } from "../instances/configuration.ts";
import type { InstanceCreation } from "../instances/create.ts";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { readRootDisk } from "../instances/devices/disks.ts";
import type { BackupOrigin } from "../instances/origin.ts";
import { InstanceRecords } from "../instances/records.ts";
import type { Runs } from "../instances/runs.ts";
import type { RunningOperation } from "../operations/operation.ts";
import type { InstanceImport } from "../services.ts";
import type { BackupReading } from "./archives.ts";
import { importIncrement } from "./import-increment.ts";

/** Makes an instance of a backup: what can be refused is refused once its index is there, before anything of its roots is read. */
export async function importInstance(
  deps: InstanceDependencies,
  runs: Runs,
  creation: InstanceCreation,
  project: string,
  stream: Readable,
  request: InstanceImport,
): Promise<RunningOperation> {
  const reading = await deps.archives.read(stream);
  try {
    requireOfInstance(reading);
    if (request.onto !== undefined) return await importIncrement(deps, runs, project, reading, request.onto);
    if (reading.index.since) throw needsInstance(reading.index);
    const create = await asCreation(deps, project, reading, request);
    const operation = await creation.createOf(project, create, await originOf(deps, reading));
    void operation.done.then(() => reading[Symbol.asyncDispose]());
    return operation;
  } catch (error) {
    await reading[Symbol.asyncDispose]();
    throw error;
  }
}

export function requireOfInstance(reading: BackupReading): asserts reading is BackupReading<InstanceBackupIndex> {
  const { type, name } = reading.index;
  if (type !== "custom") return;
  throw new LodgeError({
    code: "backup_invalid",
    message: `This is a backup of the volume "${name}", not of an instance: import it into a pool ("lodge storage volume import POOL FILE").`,
  });
}

function needsInstance({ name, since }: InstanceBackupIndex): LodgeError {
  return new LodgeError({
    code: "request_invalid",
    message: `This is an increment of "${name}" since its snapshot "${since?.snapshot}": say which instance it is to go into ("lodge import FILE --onto ${name}").`,
  });
}

/** A VM's disk holds most of its image again: where that is there, only what differs is written. */
export async function originOf(
  deps: InstanceDependencies,
  reading: BackupReading<InstanceBackupIndex>,
): Promise<BackupOrigin> {
  const { type, instance } = reading.index;
  const fingerprint = instance.config?.["volatile.base_image"];
  const [image] = fingerprint === undefined ? [] : await rowsOfImage(deps.store, fingerprint);
  const stands = type === "virtual-machine" && image?.type === type;
  return { kind: "backup", reading, ...(stands && { fingerprint: image.fingerprint }) };
}

async function asCreation(
  deps: InstanceDependencies,
  project: string,
  { index }: BackupReading<InstanceBackupIndex>,
  { name, pool, config, devices }: InstanceImport,
): Promise<InstanceCreate> {
  const own = { ...index.instance.devices, ...devices };
  return {
    name: name || index.name,
    source: { type: "none" },
    profiles: index.instance.profiles ?? [],
    devices: pool ? await inPool(deps, project, { ...index.instance, devices: own }, pool) : own,
    ...(config && { config }),
  };
}

/** The devices with a root disk in that pool. */
async function inPool(
  deps: InstanceDependencies,
  project: string,
  instance: { readonly devices: Devices; readonly profiles?: readonly string[] | null | undefined },
  pool: string,
): Promise<Devices> {
  const profiles = await new InstanceRecords(deps.store).profiles(project, instance.profiles ?? []);
  const expanded = expandDevices(profiles, instance.devices);
  const { device } = readRootDisk("The backup's instance", expanded);
  return { ...instance.devices, [device]: { ...expanded[device], pool } };
}
