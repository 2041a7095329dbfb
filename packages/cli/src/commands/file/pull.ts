import { inInstance } from "../../files/located.ts";
import { pullAll } from "../../files/pull-all.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { seconds } from "../../parse-value.ts";
import { splitPaths } from "../../paths.ts";

interface Options {
  readonly recursive?: true;
  readonly wait: boolean;
  readonly timeout: number;
}

const pull: CommandFactory = (context) =>
  new LodgeCommand("pull")
    .summary("Copy files out of an instance.")
    .description("Copy files out of an instance; modes are kept, and owners when root does it.")
    .usage("[options] <source...> <target>")
    .argument("<path...>", "sources INSTANCE/path, and last a file or directory here (- for standard output)")
    .option("-r, --recursive", "directories with everything in them")
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge file pull web/etc/hosts .", "one file")
    .example("lodge file pull -r web/var/log logs", "a directory")
    .example("lodge file pull web/etc/os-release - | grep VERSION", "to standard output")
    .action(async (paths: string[], options: Options) => {
      const [sources, target] = splitPaths(paths);
      const located = await Promise.all(sources.map((source) => inInstance(context, source, options)));
      await pullAll(context, located, target, options.recursive ?? false);
    });

export default pull;
