import { inInstance } from "../../files/located.ts";
import { type PushAllOptions, pushAll } from "../../files/push-all.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { octalMode, seconds, wholeNumber } from "../../parse-value.ts";
import { splitPaths } from "../../paths.ts";
import type { Patience } from "../../when-ready.ts";

const push: CommandFactory = (context) =>
  new LodgeCommand("push")
    .summary("Copy files into an instance.")
    .description("Copy files into an instance; modes and owners are kept unless others are given.")
    .usage("[options] <source...> <target>")
    .argument("<path...>", "sources here (- for standard input), and last the target INSTANCE/path")
    .option("-r, --recursive", "directories with everything in them")
    .option("-p, --create-dirs", "make the directories that lead to the target")
    .option("--uid <uid>", "owner", wholeNumber)
    .option("--gid <gid>", "group", wholeNumber)
    .option("--mode <mode>", "permissions of files, octal", octalMode)
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge file push notes web/root/notes", "one file")
    .example("lodge file push -r site web/srv/", "a directory, to be /srv/site")
    .example("echo hello | lodge file push - web/etc/motd --mode 0644", "from standard input")
    .action(async (paths: string[], options: PushAllOptions & Patience) => {
      const [sources, target] = splitPaths(paths);
      await pushAll(context, sources, await inInstance(context, target, options), options);
    });

export default push;
