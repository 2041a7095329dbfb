import { type Config, LodgeError, type StorageVolumeCreate, type VolumeContentType } from "@lodge/api";
import { parseSource } from "../snapshots/names.ts";
import type { VolumeOrigin } from "../storage/volumes.ts";
import type { VolumeRecord, VolumeSnapshotRecord } from "../store.ts";
import { volumeSize } from "./configuration.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { findVolume, findVolumeSnapshot, volumeRequest, volumesOf } from "./find.ts";
import { whileStill } from "./stillness.ts";
import { withUsers } from "./users.ts";

/** What a copy is made of, and what it inherits. */
export interface CopyPlan {
  readonly source: VolumeRecord;
  readonly snapshot?: VolumeSnapshotRecord;
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
  if (request.content_type && request.content_type !== contentType) {
    throw new LodgeError({
      code: "request_invalid",
      message: `Volume "${name}" holds ${contentType}, and so does a copy of it; leave content_type out.`,
    });
  }
  const snapshot = snapshotName === undefined ? undefined : await findVolumeSnapshot(store, source, snapshotName);
  const config = { ...(snapshot ?? source).config, ...request.config };
  const description = request.description ?? source.description;
  return { source, contentType, description, config: atLeast(source, config), ...(snapshot && { snapshot }) };
}

/** A disk is as large as what it is made of, also where nobody says so. */
function atLeast(source: VolumeRecord, config: Config): Config {
  const size = volumeSize(source);
  const asked = volumeSize({ contentType: source.contentType, config });
  if (source.contentType !== "block" || size === undefined || (asked ?? 0) >= size) return config;
  return config["size"] === undefined ? { ...config, size: `${size}B` } : config;
}

/** The caller holds the source's lock. */
export async function copyVolume(deps: VolumeDependencies, plan: CopyPlan, record: VolumeRecord): Promise<void> {
  const volumes = volumesOf(deps, record.pool);
  const { source, snapshot } = plan;
  const origin: VolumeOrigin =
    source.pool === record.pool
      ? { kind: "volume", volume: source.id, ...(snapshot && { snapshot: snapshot.id }) }
      : { kind: "path", path: await volumesOf(deps, source.pool).path(source.id, snapshot?.id) };
  const copy = () => volumes.create(volumeRequest(record), origin);
  if (snapshot) await copy();
  else await withUsers(deps, source, (users) => whileStill(deps, users, copy));
}
