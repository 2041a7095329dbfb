import { LodgeError } from "@lodge/api";
import type { RunningOperation } from "../operations/operation.ts";
import type { VolumeRecord } from "../store.ts";
import { asBrought, bringStates } from "./bring.ts";
import { volumeSize } from "./configuration.ts";
import type { CopyPlan } from "./copy.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { snapshotsOf } from "./find.ts";
import { volumeResources } from "./render.ts";
import { compareSnapshots, type Renewed, renewVolume, requireRenewable } from "./renew.ts";

/** Brings a copy up to date with a volume of the same server, as it is or as it was. */
export async function refreshVolume(
  deps: VolumeDependencies,
  plan: CopyPlan,
  target: VolumeRecord,
): Promise<RunningOperation> {
  const { source } = plan;
  if (source.id === target.id) {
    throw new LodgeError({
      code: "request_invalid",
      message: `Volume "${target.name}" cannot be brought up to date with itself; name the volume that it is a copy of.`,
    });
  }
  await requireRenewable(deps, target, source.contentType);
  const size = volumeSize(source);
  const about = {
    description: "Refreshing volume",
    resources: volumeResources(target),
    project: target.project,
  };
  return deps.operations.begin(about, async (context) => {
    const make = (made: VolumeRecord) => bringTo(deps, plan, target, made, context);
    await renewVolume(deps, { target, ...(size !== undefined && { size }), make }, context);
    return undefined;
  });
}

/** Where only the volume itself is wanted, the copy keeps the snapshots that it has. */
function bringTo(
  deps: VolumeDependencies,
  { source, snapshot, volumeOnly }: CopyPlan,
  target: VolumeRecord,
  made: VolumeRecord,
  context: Parameters<typeof bringStates>[2],
): Promise<Renewed> {
  return deps.volumeLock.run(source.id, async () => {
    const own = await snapshotsOf(deps.store, target);
    const { missing, common } = volumeOnly
      ? { missing: [], common: own }
      : compareSnapshots(await snapshotsOf(deps.store, source), own);
    const snapshots = asBrought(deps, missing);
    await bringStates(deps, { source, to: made, snapshots, ...(snapshot && { at: snapshot.id }) }, context);
    const brought = snapshots.map(({ of, as }) => ({ ...of, id: as, volume: made.id }));
    return { made, kept: common, brought };
  });
}
