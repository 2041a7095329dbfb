import { changeConfig } from "../../change-config.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const unset: CommandFactory = (context) =>
  new LodgeCommand("unset")
    .summary("Take keys back to their defaults.")
    .description("Take configuration keys of an instance back to what its profiles or the defaults say.")
    .argument("<instance>")
    .argument("<key...>")
    .example("lodge config unset web limits.memory", "no limit of its own any more")
    .action(async (name: string, keys: string[]) => {
      await changeConfig(context, name, (config) =>
        Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key))),
      );
    });

export default unset;
