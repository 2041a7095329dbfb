import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { seconds } from "../../parse-value.ts";
import { parseGuestPath, splitPaths } from "../../paths.ts";
import { localTarget, printFile, pullPath } from "../../pull-files.ts";
import { whenReady } from "../../when-ready.ts";

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
      const { instances } = await context.client();
      const settings = { recursive: options.recursive ?? false, keepOwners: process.geteuid?.() === 0 };
      for (const source of sources) {
        const { instance, path } = parseGuestPath(source);
        const files = instances.files(instance);
        await whenReady(context, instance, options, async () => {
          if (target === "-") return printFile(files, path, context.surroundings.stdout);
          return pullPath(files, path, await localTarget(path, target, sources.length > 1), settings);
        });
      }
    });

export default pull;
