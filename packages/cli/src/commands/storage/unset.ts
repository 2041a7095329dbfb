import { changePool } from "../../change-pool.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { withoutKeys } from "../../settings.ts";

const unset: CommandFactory = (context) =>
  new LodgeCommand("unset")
    .summary("Take keys back to their defaults.")
    .description("Take configuration keys of a storage pool away, so that their defaults count again.")
    .argument("<pool>")
    .argument("<key...>")
    .example("lodge storage unset fast user.owner", "nobody's any more")
    .action(async (name: string, keys: string[]) => {
      await changePool(context, name, ({ config }) => ({ config: withoutKeys(config, keys) }));
    });

export default unset;
