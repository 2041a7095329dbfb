/**
 * Brings an earlier copy of a volume up to date. What it is to become is made whole beside it, as a volume that nobody sees, and takes its
 * place in one moment: what ends before that leaves the copy as it was. Its name, description, configuration and backups stay.
 */
import { type Config, LodgeError } from "@lodge/api";
import type { OperationContext } from "../operations/operation.ts";
import type { VolumeRecord, VolumeSnapshotRecord } from "../store.ts";
import { announceVolume, claimBeside } from "./claims.ts";
import { volumeSize } from "./configuration.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { snapshotsOf, volumesOf } from "./find.ts";
import { usersOf, withUsers } from "./users.ts";

/** What has been made beside a copy. */
export interface Renewed {
  /** As it has become. */
  readonly made: VolumeRecord;
  /** The copy's own snapshots that stay; the others go. */
  readonly kept: readonly VolumeSnapshotRecord[];
  /** Those that have come, as what was made has them. */
  readonly brought: readonly VolumeSnapshotRecord[];
}

export interface VolumeRenewal {
  readonly target: VolumeRecord;
  /** Bytes of the source's disk, if they are known: the copy's becomes at least as large. */
  readonly size?: number;
  /** Makes the content and the snapshots of what has been claimed. */
  readonly make: (claimed: VolumeRecord, context: OperationContext) => Promise<Renewed>;
}

/** Refuses what cannot become a copy of a volume of this content, or not now. */
export async function requireRenewable(
  deps: VolumeDependencies,
  target: VolumeRecord,
  contentType: VolumeRecord["contentType"],
): Promise<void> {
  if (target.contentType !== contentType) {
    throw new LodgeError({
      code: "request_invalid",
      message: `Volume "${target.name}" holds ${target.contentType} and cannot become a copy of one that holds ${contentType}.`,
    });
  }
  await requireNotRun(deps, target);
}

export async function renewVolume(
  deps: VolumeDependencies,
  { target, size, make }: VolumeRenewal,
  context: OperationContext,
): Promise<void> {
  const { store, volumeLock } = deps;
  const volumes = volumesOf(deps, target.pool);
  const claimed = await claimBeside(deps, target, { config: grown(target, size) });
  let isInPlace = false;
  context.undo("copy", async () => {
    if (isInPlace) return;
    await volumes.remove(claimed.id);
    await store.volumes.remove(claimed.id);
  });
  const renewed = await make(claimed, context);
  await volumeLock.run(target.id, async () => {
    const current = await requireUnchanged(deps, target, renewed.kept);
    for (const { id: snapshot } of renewed.kept) {
      context.signal.throwIfAborted();
      await volumes.keep({ volume: claimed.id, snapshot }, { kind: "volume", volume: target.id, snapshot });
    }
    await withUsers(deps, current, async () => {
      await requireNotRun(deps, current);
      context.signal.throwIfAborted();
      await deps.volumeFiles.end(current.id);
      await takePlace(deps, current, renewed);
      isInPlace = true;
    });
  });
  announceVolume(deps, "updated", target);
  // What it was goes; what is left of it the next daemon removes.
  await volumes
    .remove(target.id)
    .then(() => store.volumes.remove(target.id))
    .catch((err: unknown) => deps.log.warn({ volume: target.name, err }, "what a refreshed volume was before is left"));
}

/** Snapshots that a copy lacks, and those of its own that it has of the source: of the same name and time, as in LXD. */
export function compareSnapshots(
  source: readonly VolumeSnapshotRecord[],
  target: readonly VolumeSnapshotRecord[],
): { readonly missing: readonly VolumeSnapshotRecord[]; readonly common: readonly VolumeSnapshotRecord[] } {
  const identity = ({ name, createdAt }: VolumeSnapshotRecord) => `${name} ${createdAt.getTime()}`;
  const [there, here] = [new Set(source.map(identity)), new Set(target.map(identity))];
  return {
    missing: source.filter((each) => !here.has(identity(each))),
    common: target.filter((each) => there.has(identity(each))),
  };
}

function grown({ contentType, config }: VolumeRecord, size = 0): Config {
  if (contentType !== "block" || (volumeSize({ contentType, config }) ?? 0) >= size) return config;
  return { ...config, size: `${size}B` };
}

async function requireUnchanged(
  { store }: VolumeDependencies,
  target: VolumeRecord,
  kept: readonly VolumeSnapshotRecord[],
): Promise<VolumeRecord> {
  const current = await store.volumes.get(target.id);
  if (current?.life !== "present") {
    throw new LodgeError({ code: "volume_not_found", message: `Volume "${target.name}" does not exist any more.` });
  }
  const own = new Set((await snapshotsOf(store, current)).map(({ id }) => id));
  if (volumeSize(current) === volumeSize(target) && kept.every(({ id }) => own.has(id))) return current;
  throw new LodgeError({
    code: "volume_in_use",
    message: `Volume "${target.name}" was changed while it was brought up to date, and stays as it is: do it again.`,
  });
}

async function requireNotRun(deps: VolumeDependencies, target: VolumeRecord): Promise<void> {
  const { instances } = await usersOf(deps.store, target);
  const running = instances.filter(({ record }) => deps.runs.isRunning(record.id)).map(({ record }) => record.name);
  if (running.length === 0) return;
  throw new LodgeError({
    code: "volume_in_use",
    message: `Volume "${target.name}" cannot be brought up to date under instances that run with it: stop ${running.join(", ")}, or detach it there.`,
  });
}

/** What the copy is called, has and is known by goes over to what was made. */
async function takePlace(
  { store, choosing }: VolumeDependencies,
  current: VolumeRecord,
  { made, kept, brought }: Renewed,
): Promise<void> {
  const { id: before, name, description, createdAt } = current;
  const { size, ...others } = { ...current.config, size: made.config["size"] };
  const config = { ...others, ...(size !== undefined && { size }) };
  await choosing.run(() =>
    store.atomically(async ({ volumes, volumeSnapshots, volumeBackups }) => {
      await volumes.put({ ...current, name: `refreshed-${before}`, life: "deleting" });
      await volumes.put({ ...made, name, description, createdAt, config, life: "present" });
      for (const snapshot of [...kept, ...brought]) await volumeSnapshots.put({ ...snapshot, volume: made.id });
      for (const backup of await volumeBackups.of(before)) await volumeBackups.put({ ...backup, volume: made.id });
    }),
  );
}
