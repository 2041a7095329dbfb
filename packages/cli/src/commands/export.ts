import type { BackupCompression } from "@lodge/api";
import { compressionOption, exportTo } from "../backup-file.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";

interface Options {
  readonly instanceOnly?: true;
  readonly since?: string;
  readonly compression: BackupCompression;
  readonly optimizedStorage?: true;
  readonly force?: true;
}

const exportCommand: CommandFactory = (context) =>
  new LodgeCommand("export")
    .summary("Save an instance to a file.")
    .description(
      "Save an instance, running or not, as it is at this moment, with its snapshots, to a file that `lodge import` and LXD read. Nothing is kept beside the file.",
    )
    .argument("<instance>", "name of the instance")
    .argument("[file]", "where to; - is standard output (default: INSTANCE.tar.zst)")
    .option("--instance-only", "without the snapshots")
    .option("--since <snapshot>", "of a virtual machine: only what changed since then")
    .addOption(compressionOption())
    .option(
      "--optimized-storage",
      "of a container on btrfs: as streams that only a btrfs pool reads, smaller with many snapshots; elsewhere ignored",
    )
    .option("-f, --force", "replace the file if it is there")
    .example("lodge export web", "to web.tar.zst")
    .example("lodge export db /backup/db.tar --compression none", "without compressing it")
    .example("lodge export db db-tue.tar.zst --since monday", "what goes on from a backup with the snapshot monday")
    .example("lodge export db - | ssh other lodge import - db", "to another host")
    .action(async (name: string, file: string | undefined, options: Options) => {
      const { instanceOnly = false, optimizedStorage = false, compression, since, force } = options;
      const stem = since === undefined ? name : `${name}-since-${since}`;
      await exportTo(context, { name, file, stem, compression, force }, async () => {
        const { instances } = await context.client();
        const wanted = { withoutSnapshots: instanceOnly, optimized: optimizedStorage, compression };
        return instances.backups(name).stream({ ...wanted, ...(since && { since }) });
      });
    });

export default exportCommand;
