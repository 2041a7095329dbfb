import { text } from "node:stream/consumers";
import { parseAssignments } from "../../assignments.ts";
import { changeInstance } from "../../change-instance.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { setProperties } from "../../properties.ts";

const set: CommandFactory = (context) =>
  new LodgeCommand("set")
    .summary("Set keys.")
    .description("Set configuration keys of an instance. The keys: docs/reference/configuration.md.")
    .argument("<instance>")
    .argument("<settings...>", "key=value…, or one key and its value; the value - is read from standard input")
    .option("-p, --property", "properties of the instance (description, ephemeral) instead of keys")
    .example("lodge config set web limits.cpu=2 limits.memory=1GiB", "several keys at once")
    .example("lodge config set web user.owner 'Ada Lovelace'", "one key and its value")
    .example("lodge config set web cloud-init.user-data - < web.yaml", "a long value, from a file")
    .example("lodge config set web -p description='The web server'", "what it is")
    .action(async (name: string, words: string[], { property }: { property?: true }) => {
      const [key = "", value] = words;
      const given = words.length === 2 && value === "-" ? [key, await text(context.surroundings.stdin)] : words;
      const settings = parseAssignments(given);
      await changeInstance(context, name, ({ config, description, ephemeral }) =>
        property
          ? setProperties({ name: `Instance ${name}`, properties: { description, ephemeral } }, settings)
          : { config: { ...config, ...settings } },
      );
    });

export default set;
