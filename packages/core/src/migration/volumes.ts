import { LodgeError, type StorageVolumeCreate } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { volumeBackups } from "../volumes/backup/subject.ts";
import type { VolumeDependencies } from "../volumes/dependencies.ts";
import { findVolume, type VolumeName } from "../volumes/find.ts";
import { prepareReceiving } from "../volumes/receive.ts";
import { volumeResources } from "../volumes/render.ts";
import { receiveOver, sendOver } from "./exchange.ts";
import { inSilence, reportBytes } from "./progress.ts";
import { streamOf } from "./send-instance.ts";
import type { MigrationSide } from "./side.ts";

type Dependencies = VolumeDependencies & Pick<InstanceDependencies, "wait">;

export interface VolumeSending extends VolumeName {
  /** Without its snapshots. */
  readonly volumeOnly: boolean;
}

/** The side of a migration that has the volume. It stays as it is. */
export async function sendVolume(deps: Dependencies, { volumeOnly, ...name }: VolumeSending): Promise<MigrationSide> {
  const record = await findVolume(deps.store, name);
  return {
    description: "Migrating volume",
    resources: volumeResources(record),
    async run(link, context) {
      const stop = reportBytes(link, record.name, context, deps);
      try {
        await sendOver(link, "volume", async () => {
          const current = await findVolume(deps.store, name);
          return streamOf(deps, await volumeBackups(deps).take(current, { volume_only: volumeOnly }));
        });
      } finally {
        stop();
      }
    },
  };
}

/** The side of a migration that gets a volume. What the request leaves out is as the source says. */
export async function receiveVolume(
  deps: Dependencies,
  project: string,
  pool: string,
  request: StorageVolumeCreate,
): Promise<MigrationSide> {
  const { name, type, source } = request;
  if (type && type !== "custom") {
    throw new LodgeError({
      code: "request_invalid",
      message: `Volumes of type "${type}" come with instances and images; only custom ones are brought.`,
    });
  }
  const make = await prepareReceiving(deps, project, pool, request);
  return {
    description: source?.refresh === true ? "Refreshing volume" : "Creating volume",
    resources: volumeResources({ pool, name }),
    async run(link, context) {
      const stop = reportBytes(link, name, context, deps);
      try {
        await receiveOver(link, "volume", (bytes) => make(bytes, inSilence(context)));
      } finally {
        stop();
      }
    },
  };
}
