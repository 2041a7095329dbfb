import { LodgeError } from "@lodge/api";
import { noStreams } from "../backups/streams.ts";
import { poolOf } from "../instances/dependencies.ts";
import { shortId } from "../instances/identity.ts";
import type { OperationContext } from "../operations/operation.ts";
import { passStates } from "../storage/pass-states.ts";
import type { SnapshotId } from "../storage/snapshots.ts";
import type { VolumeRecord, VolumeSnapshotRecord } from "../store.ts";
import { volumeSize } from "./configuration.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { findVolume, snapshotsOf, volumeRequest, volumesOf } from "./find.ts";
import { requireUnused, usersOf } from "./users.ts";

/**
 * Brings a volume that nobody has with its snapshots to where another has been claimed, in another pool. Until that is whole, the one that
 * is there stays; a daemon that dies in between leaves that, or at the worst both. The caller holds the source's lock.
 */
export async function moveVolume(
  deps: VolumeDependencies,
  wanted: VolumeRecord,
  to: VolumeRecord,
  context: Pick<OperationContext, "undo" | "report" | "signal">,
): Promise<void> {
  const { store, choosing, newUuid } = deps;
  const source = await findVolume(store, wanted);
  const [here, there] = [volumesOf(deps, source.pool), volumesOf(deps, to.pool)];
  requireUnused(source, await usersOf(store, source), "moved");
  await requireNoBackups(deps, source);
  context.undo("volume", () => there.remove(to.id));
  const snapshots = (await snapshotsOf(store, source)).map((of) => ({
    of,
    as: shortId(newUuid()) as string as SnapshotId,
  }));
  if (await haveCommonStreams(deps, source, to)) await stream(deps, source, to, snapshots, context);
  else {
    await there.create(volumeRequest(to), { kind: "path", path: await here.path(source.id) });
    for (const { of, as } of snapshots) {
      const path = await here.path(source.id, of.id);
      await there.keep({ volume: to.id, snapshot: as }, { kind: "path", path });
    }
  }
  for (const { of, as } of snapshots) await store.volumeSnapshots.put({ ...of, id: as, volume: to.id });
  await choosing.run(async () => {
    requireUnused(source, await usersOf(store, source), "moved");
    await store.volumes.put({ ...to, createdAt: source.createdAt, life: "present" });
    await store.volumes.put({ ...source, life: "deleting" });
  });
}

async function haveCommonStreams(deps: VolumeDependencies, source: VolumeRecord, to: VolumeRecord): Promise<boolean> {
  const [here, there] = [poolOf(deps, source.pool), poolOf(deps, to.pool)];
  if (source.contentType !== "filesystem" || !here.volumes?.streams || !there.volumes?.streams) return false;
  if ((await here.info()).streams !== (await there.info()).streams) return false;
  return here.volumes.streams.has(source.id);
}

/** What comes has no limit of its size yet. */
async function stream(
  deps: VolumeDependencies,
  { id: volume, pool }: VolumeRecord,
  to: VolumeRecord,
  snapshots: readonly { readonly of: VolumeSnapshotRecord; readonly as: SnapshotId }[],
  context: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  const [from, target] = [volumesOf(deps, pool).streams, volumesOf(deps, to.pool)];
  if (!from || !target.streams) throw noStreams(pool);
  {
    await using receiver = target.streams.receive(volumeRequest(to));
    const kept = snapshots.map(({ of, as }) => ({ of: { volume, snapshot: of.id }, as }));
    await passStates({ from, to: receiver, kept, last: (pass) => pass({ volume }) }, context);
  }
  if (volumeSize(to) !== undefined) await target.resize(volumeRequest(to));
}

/** They lie in its pool, and go with what is there. */
export async function requireNoBackups(
  { store }: Pick<VolumeDependencies, "store">,
  { id, name, pool }: VolumeRecord,
): Promise<void> {
  const backups = await store.volumeBackups.of(id);
  if (backups.length === 0) return;
  throw new LodgeError({
    code: "volume_in_use",
    message: `Volume "${name}" cannot be moved: pool "${pool}" keeps backups of it (${backups.map((backup) => backup.name).join(", ")}). Fetch what you need of them and delete them first.`,
  });
}
