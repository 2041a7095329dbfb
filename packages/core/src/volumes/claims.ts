/** Names that volumes are called by: each is taken before what it is for is made. */
import { LodgeError } from "@lodge/api";
import { shortId } from "../instances/identity.ts";
import { requireAllowed } from "../projects/allowed.ts";
import { volumeUrl } from "../storage/volume-url.ts";
import type { VolumeId } from "../storage/volumes.ts";
import type { VolumeRecord } from "../store.ts";
import { checkVolumeConfig, checkVolumeName } from "./configuration.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { type VolumeName, volumesOf } from "./find.ts";

/** Takes a name by a record that says `creating`. `replaced`: what goes when it is there, and no longer counts. */
export async function claimVolume(
  deps: VolumeDependencies,
  wanted: Omit<VolumeRecord, "id" | "createdAt" | "life">,
  replaced?: VolumeRecord,
): Promise<VolumeRecord> {
  const { name, pool, contentType, config } = wanted;
  checkVolumeName(name);
  checkVolumeConfig(name, contentType, config);
  return deps.choosing.run(async () => {
    volumesOf(deps, pool);
    await requireFreeName(deps, wanted);
    return putClaim(deps, { ...wanted, ...freshIdentity(deps) }, replaced);
  });
}

/** Of what takes the place of a volume once it is whole: nobody calls it by its name. */
export function claimBeside(
  deps: VolumeDependencies,
  target: VolumeRecord,
  wanted: Pick<VolumeRecord, "config">,
): Promise<VolumeRecord> {
  return deps.choosing.run(() => {
    const { restoring: _unfinished, ...rest } = target;
    const { id, createdAt } = freshIdentity(deps);
    return putClaim(deps, { ...rest, ...wanted, id, createdAt, name: `refresh-${id}` }, target);
  });
}

/** Makes what has been claimed. A pool that fails leaves nothing of it. */
export async function makeClaimed(
  deps: VolumeDependencies,
  record: VolumeRecord,
  make: () => Promise<void>,
): Promise<void> {
  try {
    await make();
  } catch (error) {
    await deps.store.volumes.remove(record.id);
    throw error;
  }
  await settleClaimed(deps, record);
}

/** What has been claimed is whole. */
export async function settleClaimed(deps: VolumeDependencies, record: VolumeRecord): Promise<void> {
  await deps.store.volumes.put({ ...record, life: "present" });
  announceVolume(deps, "created", record);
}

/** Also of those that are being made or removed. */
export async function requireFreeName(
  { store }: Pick<VolumeDependencies, "store">,
  { pool, project, name }: VolumeName,
): Promise<void> {
  const all = await store.volumes.list();
  if (!all.some((each) => each.pool === pool && each.project === project && each.name === name)) return;
  throw new LodgeError({
    code: "volume_exists",
    message: `Pool "${pool}" has a volume "${name}" already; choose another name, or delete it ("lodge storage volume delete ${pool} ${name}").`,
  });
}

export function announceVolume(
  { events }: Pick<VolumeDependencies, "events">,
  what: string,
  volume: VolumeName,
  context: Record<string, unknown> = {},
): void {
  events.lifecycle(`storage-volume-${what}`, volumeUrl(volume), context, volume.project);
}

const freshIdentity = ({ now, newUuid }: VolumeDependencies) => ({
  id: shortId(newUuid()) as string as VolumeId,
  createdAt: now(),
});

async function putClaim(
  { store }: VolumeDependencies,
  wanted: Omit<VolumeRecord, "life">,
  replaced: VolumeRecord | undefined,
): Promise<VolumeRecord> {
  const record: VolumeRecord = { ...wanted, life: "creating" };
  const going = replaced ? [{ ...replaced, life: "deleting" } as const] : [];
  await requireAllowed(store, wanted.project, { volumes: [record, ...going] });
  await store.volumes.put(record);
  return record;
}
