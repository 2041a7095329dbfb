import { changeProfile } from "../../change-profile.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { withoutKeys } from "../../settings.ts";

const unset: CommandFactory = (context) =>
  new LodgeCommand("unset")
    .summary("Take keys away.")
    .description("Take configuration keys away from a profile.")
    .argument("<profile>")
    .argument("<key...>")
    .example("lodge profile unset small limits.memory", "no limit from this profile any more")
    .action(async (name: string, keys: string[]) => {
      await changeProfile(context, name, ({ config }) => ({ config: withoutKeys(config, keys) }));
    });

export default unset;
