import type { Readable } from "node:stream";
import { LodgeError, type MigratedSnapshot } from "@lodge/api";
import { freezeSnapshot } from "../backups/frozen.ts";
import { instanceBackups } from "../backups/instances.ts";
import { openSources } from "../backups/sources.ts";
import type { Opened } from "../backups/subject.ts";
import { type InstanceDependencies, instanceUrl, poolOf } from "../instances/dependencies.ts";
import { shortId } from "../instances/identity.ts";
import { type InstanceName, InstanceRecords } from "../instances/records.ts";
import type { Runs } from "../instances/runs.ts";
import { requireNoState } from "../instances/transfer.ts";
import { findSnapshot, presentSnapshots } from "../snapshots/records.ts";
import { snapshotResources } from "../snapshots/urls.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import { offeredSnapshots } from "./common-snapshots.ts";
import { sendOver } from "./exchange.ts";
import { reportBytes } from "./progress.ts";
import type { MigrationSide } from "./side.ts";

export interface InstanceSending extends InstanceName {
  /** What it was then goes, as an instance without snapshots. */
  readonly snapshot?: string;
  readonly instanceOnly: boolean;
  /** With its memory: refused of what runs. */
  readonly live: boolean;
}

/** The side of a migration that has the instance. It stays as it is. */
export async function sendInstance(
  deps: InstanceDependencies,
  runs: Runs,
  sending: InstanceSending,
): Promise<MigrationSide> {
  const { project, name, instanceOnly, live } = sending;
  const find = () => new InstanceRecords(deps.store).get(project, name);
  const record = await find();
  const snapshot =
    sending.snapshot === undefined ? undefined : await findSnapshot(deps.store, record, sending.snapshot);
  if (live && !snapshot) requireNotRunning(runs, record);
  await requireStateless(deps, record, snapshot, instanceOnly);
  return {
    description: "Migrating instance",
    resources: snapshot ? snapshotResources(name, snapshot.name) : { instances: [instanceUrl(name)] },
    async run(link, context) {
      const stop = reportBytes(link, name, context, deps);
      try {
        const open = async (since?: MigratedSnapshot) => {
          const current = await find();
          await requireStateless(deps, current, snapshot, instanceOnly);
          const wanted = { instance_only: instanceOnly, ...(since && { since: since.name }) };
          const opened = snapshot
            ? await openSnapshot(deps, current, snapshot)
            : await instanceBackups(deps, runs).take(current, wanted);
          return streamOf(deps, opened);
        };
        const alone = snapshot !== undefined || instanceOnly;
        await sendOver(link, "instance", open, alone ? {} : { snapshots: await offeredSnapshots(deps, await find()) });
      } finally {
        stop();
      }
    },
  };
}

/** Not packed: two daemons are near each other more often than not, and guests' files are packed already. */
export function streamOf(
  { archives }: Pick<InstanceDependencies, "archives">,
  { of, index, sources, end }: Opened,
): Readable {
  const stream = archives.write({ of, index, sources, compression: "none" });
  stream.once("close", end);
  return stream;
}

async function openSnapshot(
  deps: InstanceDependencies,
  owner: InstanceRecord,
  snapshot: SnapshotRecord,
): Promise<Opened> {
  const id = shortId(deps.newUuid());
  const remove = () => poolOf(deps, owner.pool).removeRoot(id);
  try {
    const frozen = await freezeSnapshot(deps, owner, snapshot, id);
    return {
      of: frozen.root.type,
      index: frozen.index,
      sources: openSources(deps, frozen),
      end: () => {
        remove().catch((err: unknown) => deps.log.error({ instance: owner.name, err }, "a copy was not removed"));
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function requireNotRunning(runs: Runs, { id, name }: InstanceRecord): void {
  if (!runs.isRunning(id)) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" is running, and its memory cannot go to another server; stop it, or take it as it is on disk at this moment (--stateless).`,
  });
}

/** Memory that is kept would be lost by a client that moves what it is told was copied. */
async function requireStateless(
  { store }: Pick<InstanceDependencies, "store">,
  record: InstanceRecord,
  snapshot: SnapshotRecord | undefined,
  instanceOnly: boolean,
): Promise<void> {
  if (snapshot) return;
  requireNoState(record, "Instance", "server");
  if (instanceOnly) return;
  for (const each of await presentSnapshots(store, record)) requireNoState(each, "Snapshot", "server");
}
