import { editFile } from "../../files/edit-file.ts";
import { inVolume } from "../../files/located.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit a file of a volume.")
    .description(
      "Edit a file of a volume, in the editor that VISUAL or EDITOR names, or from standard input. Owner and mode are kept.",
    )
    .argument("<pool>")
    .argument("<path>", "VOLUME/path")
    .example("lodge storage volume file edit default data/notes", "in the editor")
    .action(async (pool: string, path: string) => editFile(context, await inVolume(context, pool, path)));

export default edit;
