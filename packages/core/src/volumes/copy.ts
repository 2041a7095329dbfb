import { type Config, LodgeError, type StorageVolumeCreate, type VolumeContentType } from "@lodge/api";
import type { OperationContext } from "../operations/operation.ts";
import { parseSource } from "../snapshots/names.ts";
import type { VolumeRecord, VolumeSnapshotRecord } from "../store.ts";
import { asBrought, bringStates, recordBrought } from "./bring.ts";
import { volumeSize } from "./configuration.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { findVolume, findVolumeSnapshot, requireRestored, snapshotsOf, volumesOf } from "./find.ts";

/** What a copy is made of, and what it inherits. */
export interface CopyPlan {
  readonly source: VolumeRecord;
  /** What it was then, which has no snapshots of its own. */
  readonly snapshot?: VolumeSnapshotRecord;
  readonly volumeOnly: boolean;
  readonly description: string;
  readonly config: Config;
  readonly contentType: VolumeContentType;
}

export async function planCopy(
  { store }: VolumeDependencies,
  project: string,
  pool: string,
  request: StorageVolumeCreate,
): Promise<CopyPlan> {
  const { source: from } = request;
  const { instance: name, snapshot: snapshotName } = parseSource(from?.name ?? "");
  const wanted = { pool: from?.pool || pool, project: from?.project || project, name };
  const source = await findVolume(store, wanted);
  const { contentType } = source;
  requireRestored(source);
  if (request.content_type && request.content_type !== contentType) {
    throw new LodgeError({
      code: "request_invalid",
      message: `Volume "${name}" holds ${contentType}, and so does a copy of it; leave content_type out.`,
    });
  }
  const snapshot = snapshotName === undefined ? undefined : await findVolumeSnapshot(store, source, snapshotName);
  const config = { ...(snapshot ?? source).config, ...request.config };
  const description = request.description ?? source.description;
  const volumeOnly = snapshot !== undefined || from?.volume_only === true;
  return {
    source,
    volumeOnly,
    contentType,
    description,
    config: atLeast(source, config),
    ...(snapshot && { snapshot }),
  };
}

/** A disk is as large as what it is made of, also where nobody says so. */
function atLeast(source: VolumeRecord, config: Config): Config {
  const size = volumeSize(source);
  const asked = volumeSize({ contentType: source.contentType, config });
  if (source.contentType !== "block" || size === undefined || (asked ?? 0) >= size) return config;
  return config["size"] === undefined ? { ...config, size: `${size}B` } : config;
}

/** Into what has been claimed. A copy of what a volume is now has its snapshots, unless they are not wanted. */
export async function copyVolume(
  deps: VolumeDependencies,
  plan: CopyPlan,
  to: VolumeRecord,
  context: Pick<OperationContext, "undo" | "report" | "signal">,
): Promise<void> {
  const { store, volumeLock } = deps;
  const { source, snapshot, volumeOnly } = plan;
  context.undo("record", () => store.volumes.remove(to.id));
  context.undo("volume", () => volumesOf(deps, to.pool).remove(to.id));
  await volumeLock.run(source.id, async () => {
    const snapshots = volumeOnly ? [] : asBrought(deps, await snapshotsOf(store, source));
    const bringing = { source, to, snapshots, ...(snapshot && { at: snapshot.id }) };
    await bringStates(deps, bringing, context);
    context.signal.throwIfAborted();
    await recordBrought(deps, bringing);
  });
}
