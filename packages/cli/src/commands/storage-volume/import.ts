import { basename } from "node:path";
import { Option } from "commander";
import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { closeUploads, openUpload, sending } from "../../upload.ts";

const importCommand: CommandFactory = (context) =>
  new LodgeCommand("import")
    .summary("Make a volume of an ISO file.")
    .description(
      "Send an ISO file to the daemon and make a volume of it, which virtual machines have as a medium to read.",
    )
    .argument("<pool>")
    .argument("<file>")
    .argument("[volume]", "a name for it; the file's, without its ending, when missing")
    .addOption(new Option("--type <type>", "what the file is").choices(["iso"]).default("iso"))
    .example("lodge storage volume import default netinst.iso --type iso", "as netinst")
    .action(async (pool: string, file: string, named: string | undefined) => {
      const name = named ?? basename(file).replace(/\.iso$/i, "");
      const volumes = (await context.client()).pools.volumes(pool);
      const upload = await openUpload(file, "raw");
      try {
        const operation = await sending(context, [upload], () => volumes.importIso(name, upload));
        await follow(context, operation, `Importing ${file}`);
        context.say(`Imported ${file} as volume ${name}`);
      } finally {
        closeUploads([upload]);
      }
    });

export default importCommand;
