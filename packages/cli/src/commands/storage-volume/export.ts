import type { BackupCompression } from "@lodge/api";
import { compressionOption, exportTo } from "../../backup-file.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

interface Options {
  readonly volumeOnly?: true;
  readonly compression: BackupCompression;
  readonly optimizedStorage?: true;
  readonly force?: true;
}

const exportCommand: CommandFactory = (context) =>
  new LodgeCommand("export")
    .summary("Save a volume to a file.")
    .description(
      "Save a volume, in use or not, as it is at this moment, with its snapshots, to a file that `lodge storage volume import` and LXD read. Nothing is kept beside the file.",
    )
    .argument("<pool>")
    .argument("<volume>")
    .argument("[file]", "where to; - is standard output (default: VOLUME.tar.zst)")
    .option("--volume-only", "without the snapshots")
    .addOption(compressionOption())
    .option(
      "--optimized-storage",
      "of files on btrfs: as streams that only a btrfs pool reads, smaller with many snapshots; elsewhere ignored",
    )
    .option("-f, --force", "replace the file if it is there")
    .example("lodge storage volume export default data", "to data.tar.zst")
    .example(
      "lodge storage volume export default data - | ssh other lodge storage volume import default -",
      "to another host",
    )
    .action(async (pool: string, name: string, file: string | undefined, options: Options) => {
      const { volumeOnly = false, optimizedStorage = false, compression, force } = options;
      await exportTo(context, { name, file, stem: name, compression, force }, async () => {
        const { pools } = await context.client();
        const wanted = { withoutSnapshots: volumeOnly, optimized: optimizedStorage, compression };
        return pools.volumes(pool).backups(name).stream(wanted);
      });
    });

export default exportCommand;
