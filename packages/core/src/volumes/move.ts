import { LodgeError } from "@lodge/api";
import type { OperationContext } from "../operations/operation.ts";
import type { VolumeRecord } from "../store.ts";
import { asBrought, bringStates, recordBrought } from "./bring.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { findVolume, snapshotsOf, volumesOf } from "./find.ts";
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
  const { store, choosing } = deps;
  const source = await findVolume(store, wanted);
  const there = volumesOf(deps, to.pool);
  requireUnused(source, await usersOf(store, source), "moved");
  await requireNoBackups(deps, source);
  await deps.volumeFiles.end(source.id);
  context.undo("volume", () => there.remove(to.id));
  const bringing = { source, to, snapshots: asBrought(deps, await snapshotsOf(store, source)) };
  await bringStates(deps, bringing, context);
  context.signal.throwIfAborted();
  await recordBrought(deps, bringing);
  await choosing.run(async () => {
    requireUnused(source, await usersOf(store, source), "moved");
    await store.volumes.put({ ...to, createdAt: source.createdAt, life: "present" });
    await store.volumes.put({ ...source, life: "deleting" });
  });
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
