import { parseAssignments } from "../../assignments.ts";
import { changeProfile } from "../../change-profile.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { setProperties } from "../../properties.ts";

const set: CommandFactory = (context) =>
  new LodgeCommand("set")
    .summary("Set keys.")
    .description("Set configuration keys of a profile. The keys: docs/reference/configuration.md.")
    .argument("<profile>")
    .argument("<settings...>", "key=value…, or one key and its value")
    .option("-p, --property", "properties of the profile (description) instead of keys")
    .example("lodge profile set small limits.memory=512MiB", "for all instances that use it")
    .action(async (name: string, words: string[], { property }: { property?: true }) => {
      const settings = parseAssignments(words);
      await changeProfile(context, name, ({ config, description }) =>
        property
          ? setProperties({ name: `Profile ${name}`, properties: { description } }, settings)
          : { config: { ...config, ...settings } },
      );
    });

export default set;
