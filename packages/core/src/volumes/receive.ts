import type { Readable } from "node:stream";
import type { StorageVolumeCreate } from "@lodge/api";
import type { OperationContext } from "../operations/operation.ts";
import type { VolumeRecord } from "../store.ts";
import { type ImportedVolume, importVolumeIn, renewOf } from "./backup/import.ts";
import { claimVolume, requireFreeName, settleClaimed } from "./claims.ts";
import { checkVolumeName, withoutEmpty } from "./configuration.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { findOptionalVolume, volumesOf } from "./find.ts";
import { requireRenewable } from "./renew.ts";

export type ReceivedVolume = Pick<StorageVolumeCreate, "name" | "description" | "config" | "content_type" | "source">;

/** Makes a volume of a backup while that comes, as a part of an operation. */
export type VolumeReceiving = (stream: Readable, context: OperationContext) => Promise<void>;

/** Refuses at once what can be refused before a backup comes. What the request leaves out is as that says. */
export async function prepareReceiving(
  deps: VolumeDependencies,
  project: string,
  pool: string,
  request: ReceivedVolume,
): Promise<VolumeReceiving> {
  const { name, description, config, content_type, source } = request;
  checkVolumeName(name);
  volumesOf(deps, pool);
  const target = source?.refresh === true ? await findOptionalVolume(deps.store, { pool, project, name }) : undefined;
  if (target) return prepareRenewal(deps, target, source?.volume_only === true);
  await requireFreeName(deps, { pool, project, name });
  const claim = (volume: ImportedVolume) => claimVolume(deps, { ...volume, pool, project });
  const settle = (volume: VolumeRecord) => settleClaimed(deps, volume);
  const wanted = {
    ...(typeof description === "string" && { description }),
    ...(config && { config: withoutEmpty(config) }),
    ...(content_type && { contentType: content_type }),
  };
  return (stream, context) => importVolumeIn(deps, { stream, name, claim, settle }, wanted, context);
}

async function prepareRenewal(
  deps: VolumeDependencies,
  target: VolumeRecord,
  volumeOnly: boolean,
): Promise<VolumeReceiving> {
  await requireRenewable(deps, target, target.contentType);
  return (stream, context) => renewOf(deps, { target, volumeOnly }, stream, context);
}
