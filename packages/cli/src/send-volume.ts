/** Copies of custom volumes on other servers. */
import { LodgeError } from "@lodge/api/errors";
import type { MigrationMode } from "@lodge/sdk";
import type { Context } from "./context.ts";
import { migrateBetween } from "./migrate.ts";
import { requireNoBackups } from "./move-instance.ts";
import type { End } from "./remotes/ends.ts";
import { splitPool } from "./split-pool.ts";

export interface SendVolumeOptions {
  readonly mode?: MigrationMode;
  readonly volumeOnly?: true;
  /** One that is there becomes what the source is now. */
  readonly refresh?: true;
  readonly targetProject?: string;
  /** It is deleted afterwards. */
  readonly toMove?: true;
}

/** Returns when it is there. The ends name POOL/VOLUME. */
export async function sendVolume(
  context: Context,
  from: End,
  to: End,
  { mode, volumeOnly, refresh, targetProject, toMove }: SendVolumeOptions,
  doing: string,
): Promise<void> {
  const [pool, volume] = splitPool(from.word);
  const [there, name] = splitPool(to.word);
  const source = (await context.clientOf(from.remote)).pools.volumes(pool);
  const target = (await context.clientOf(to.remote, targetProject)).pools.volumes(there);
  const { config, description, content_type, used_by } = await source.get(volume);
  if (toMove && used_by.length > 0) {
    throw new LodgeError({
      code: "volume_in_use",
      message: `Volume "${volume}" is attached (${used_by.join(", ")}) and cannot go away from here; detach it first, or copy it.`,
    });
  }
  if (toMove) requireNoBackups("volume_in_use", `Volume "${volume}"`, await source.backups(volume).list());
  await migrateBetween(context, { from: from.remote, to: to.remote, mode }, doing, {
    send: (peer) => source.send(volume, { volume_only: volumeOnly === true, target: peer }),
    receive: (received) =>
      target.receive(
        { name, type: "custom", config, description, content_type },
        { ...received, ...(volumeOnly && { volume_only: true }), ...(refresh && { refresh: true }) },
      ),
  });
}
