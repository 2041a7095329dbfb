import { LodgeError } from "@lodge/api/errors";
import { inVolume } from "../../files/located.ts";
import { type PushAllOptions, pushAll } from "../../files/push-all.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { octalMode, wholeNumber } from "../../parse-value.ts";

const push: CommandFactory = (context) =>
  new LodgeCommand("push")
    .summary("Copy files into a volume.")
    .description("Copy files into a volume; modes and owners are kept unless others are given.")
    .usage("[options] <source...> <pool> <target>")
    .argument("<path...>", "sources here (- for standard input), then the pool, and last the target VOLUME/path")
    .option("-r, --recursive", "directories with everything in them")
    .option("-p, --create-dirs", "make the directories that lead to the target")
    .option("--uid <uid>", "owner", wholeNumber)
    .option("--gid <gid>", "group", wholeNumber)
    .option("--mode <mode>", "permissions of files, octal", octalMode)
    .example("lodge storage volume file push notes default data/notes", "one file")
    .example("lodge storage volume file push -r site default data/", "a directory")
    .action(async (words: string[], options: PushAllOptions) => {
      const [pool, target] = words.slice(-2);
      if (pool === undefined || target === undefined || words.length < 3) {
        throw new LodgeError({
          code: "request_invalid",
          message: "Give one or more sources, then the pool, then VOLUME/path.",
        });
      }
      await pushAll(context, words.slice(0, -2), await inVolume(context, pool, target), options);
    });

export default push;
