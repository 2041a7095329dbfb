import { inVolume } from "../../files/located.ts";
import { pullAll } from "../../files/pull-all.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { splitPaths } from "../../paths.ts";

const pull: CommandFactory = (context) =>
  new LodgeCommand("pull")
    .summary("Copy files out of a volume.")
    .description("Copy files out of a volume; modes are kept, and owners when root does it.")
    .usage("[options] <pool> <source...> <target>")
    .argument("<pool>")
    .argument("<path...>", "sources VOLUME/path, and last a file or directory here (- for standard output)")
    .option("-r, --recursive", "directories with everything in them")
    .example("lodge storage volume file pull default data/notes .", "one file")
    .example("lodge storage volume file pull -r default data/ backup", "everything")
    .action(async (pool: string, paths: string[], options: { recursive?: true }) => {
      const [sources, target] = splitPaths(paths);
      const located = await Promise.all(sources.map((source) => inVolume(context, pool, source)));
      await pullAll(context, located, target, options.recursive ?? false);
    });

export default pull;
