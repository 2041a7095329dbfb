import type { StorageVolumeSnapshot } from "@lodge/api";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { renderPage } from "../../render/page.ts";
import { formatBytes, formatTime } from "../../render/units.ts";

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .description("Show a volume, its space, its users and its snapshots.")
    .argument("<pool>")
    .argument("<volume>")
    .example("lodge storage volume info default data", "how much it takes, and who has it")
    .action(async (pool: string, name: string) => {
      const volumes = (await context.client()).pools.volumes(pool);
      const [volume, { usage }, snapshots] = await Promise.all([
        volumes.get(name),
        volumes.state(name),
        volumes.snapshots(name),
      ]);
      const limit = usage.total > 0 ? ` of ${formatBytes(usage.total)}` : "";
      context.print(
        renderPage([
          ["Name", volume.name],
          ["Pool", volume.pool],
          ["Content", volume.content_type],
          ["Description", volume.description],
          ["Created", formatTime(volume.created_at)],
          ["Space", `${formatBytes(usage.used)}${limit} used`],
          ["Configuration", Object.entries(volume.config).map(([key, value]) => `${key}: ${value}`)],
          ["Used by", volume.used_by.map((url) => decodeURIComponent(url.replace(/^\/1\.0\//, "")))],
          ["Snapshots", snapshots.map(snapshotLine)],
        ]),
      );
    });

function snapshotLine({ name, created_at, expires_at }: StorageVolumeSnapshot): string {
  const expires = expires_at ? formatTime(expires_at) : "";
  return `${name.slice(name.indexOf("/") + 1)} (taken ${formatTime(created_at)}${expires && `, until ${expires}`})`;
}

export default info;
