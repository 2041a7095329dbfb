import { Option } from "commander";
import { inInstance } from "../../files/located.ts";
import { type MakeEntryOptions, makeEntry } from "../../files/make-entry.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { octalMode, seconds, wholeNumber } from "../../parse-value.ts";
import type { Patience } from "../../when-ready.ts";

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Make an empty file, a directory or a symbolic link inside an instance.")
    .description("Make an empty file, a directory or a symbolic link inside an instance.")
    .argument("<path>", "INSTANCE/path; with a slash at its end a directory")
    .argument("[target]", "what a symbolic link leads to")
    .addOption(new Option("--type <type>", "what to make").choices(["file", "directory", "symlink"]))
    .option("-p, --create-dirs", "make the directories that lead to it")
    .option("-f, --force", "replace what is there")
    .option("--uid <uid>", "owner", wholeNumber)
    .option("--gid <gid>", "group", wholeNumber)
    .option("--mode <mode>", "permissions, octal", octalMode)
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge file create web/srv/www/ --mode 0750", "a directory")
    .example("lodge file create web/etc/localtime /usr/share/zoneinfo/UTC --type symlink -f", "a link")
    .action(async (text: string, target: string | undefined, options: MakeEntryOptions & Patience) => {
      await makeEntry(await inInstance(context, text, options), text, target, options);
    });

export default create;
