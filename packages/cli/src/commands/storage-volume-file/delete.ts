import { inVolume } from "../../files/located.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .summary("Delete files of a volume.")
    .description("Delete files, symbolic links and empty directories of a volume.")
    .argument("<pool>")
    .argument("<path...>", "VOLUME/path")
    .example("lodge storage volume file delete default data/notes", "one file")
    .action(async (pool: string, paths: string[]) => {
      for (const each of paths) {
        const { files, path } = await inVolume(context, pool, each);
        await files.remove(path);
      }
    });

export default remove;
