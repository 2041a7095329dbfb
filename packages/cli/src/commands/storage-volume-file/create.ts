import { Option } from "commander";
import { inVolume } from "../../files/located.ts";
import { type MakeEntryOptions, makeEntry } from "../../files/make-entry.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { octalMode, wholeNumber } from "../../parse-value.ts";

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Make an empty file, a directory or a symbolic link in a volume.")
    .description("Make an empty file, a directory or a symbolic link in a volume.")
    .argument("<pool>")
    .argument("<path>", "VOLUME/path; with a slash at its end a directory")
    .argument("[target]", "what a symbolic link leads to")
    .addOption(new Option("--type <type>", "what to make").choices(["file", "directory", "symlink"]))
    .option("-p, --create-dirs", "make the directories that lead to it")
    .option("-f, --force", "replace what is there")
    .option("--uid <uid>", "owner", wholeNumber)
    .option("--gid <gid>", "group", wholeNumber)
    .option("--mode <mode>", "permissions, octal", octalMode)
    .example("lodge storage volume file create default data/www/ --mode 0750", "a directory")
    .action(async (pool: string, path: string, target: string | undefined, options: MakeEntryOptions) =>
      makeEntry(await inVolume(context, pool, path), path, target, options),
    );

export default create;
