import { basename } from "node:path";
import { volumeName } from "@lodge/sdk";
import { Option } from "commander";
import { openBackup, sendingBackup } from "../../backup-file.ts";
import type { Context } from "../../context.ts";
import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { closeUploads, openUpload, sending } from "../../upload.ts";

interface Options {
  readonly type?: "backup" | "iso";
}

const isoEnding = /\.iso$/i;

const importCommand: CommandFactory = (context) =>
  new LodgeCommand("import")
    .summary("Make a volume of a backup or of an ISO file.")
    .description(
      "Make a volume of a file that `lodge storage volume export` or LXD made, with its snapshots; or of an ISO file, which virtual machines have as a medium to read.",
    )
    .argument("<pool>")
    .argument("<file>", "the backup, or the ISO; - is standard input")
    .argument("[volume]", "a name for it; missing: the one that it had, or the ISO file's")
    .addOption(new Option("--type <type>", "what the file is (default: what its name says)").choices(["backup", "iso"]))
    .example("lodge storage volume import default data.tar.zst", "under the name that it had")
    .example("lodge storage volume import default data.tar.zst data2", "under another")
    .example("lodge storage volume import default netinst.iso", "as netinst")
    .action(async (pool: string, file: string, name: string | undefined, { type }: Options) => {
      const kind = type ?? (isoEnding.test(file) ? "iso" : "backup");
      const place = { pool, file };
      if (kind === "iso") await importIso(context, place, name ?? basename(file).replace(isoEnding, ""));
      else await importBackup(context, place, name);
    });

interface Place {
  readonly pool: string;
  readonly file: string;
}

async function importBackup(context: Context, { pool, file }: Place, name: string | undefined): Promise<void> {
  const volumes = (await context.client()).pools.volumes(pool);
  const backup = await openBackup(context, file);
  const operation = await sendingBackup(context, backup, () =>
    volumes.import(backup.content, name === undefined ? {} : { name }),
  );
  await follow(context, operation, `Importing ${file}`);
  context.say(`Imported ${file} as volume ${volumeName(operation)}`);
}

async function importIso(context: Context, { pool, file }: Place, name: string): Promise<void> {
  const volumes = (await context.client()).pools.volumes(pool);
  const upload = await openUpload(file, "raw");
  try {
    const operation = await sending(context, [upload], () => volumes.importIso(name, upload));
    await follow(context, operation, `Importing ${file}`);
    context.say(`Imported ${file} as volume ${name}`);
  } finally {
    closeUploads([upload]);
  }
}

export default importCommand;
