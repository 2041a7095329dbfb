import { parseAssignments } from "../../assignments.ts";
import { changeConfig } from "../../change-config.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const set: CommandFactory = (context) =>
  new LodgeCommand("set")
    .summary("Set keys.")
    .description("Set configuration keys of an instance. The keys: docs/reference/configuration.md.")
    .argument("<instance>")
    .argument("<settings...>", "key=value…, or one key and its value")
    .example("lodge config set web limits.cpu=2 limits.memory=1GiB", "several keys at once")
    .example("lodge config set web user.owner 'Ada Lovelace'", "one key and its value")
    .action(async (name: string, words: string[]) => {
      const settings = parseAssignments(words);
      await changeConfig(context, name, (config) => ({ ...config, ...settings }));
    });

export default set;
