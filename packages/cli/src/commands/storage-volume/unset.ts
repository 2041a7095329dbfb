import { changeVolume } from "../../change-volume.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { withoutKeys } from "../../settings.ts";

const unset: CommandFactory = (context) =>
  new LodgeCommand("unset")
    .summary("Take keys back to their defaults.")
    .description("Take configuration keys of a volume away, so that their defaults count again.")
    .argument("<pool>")
    .argument("<volume>")
    .argument("<key...>")
    .example("lodge storage volume unset default data size", "no limit any more")
    .action(async (pool: string, name: string, keys: string[]) => {
      await changeVolume(context, pool, name, ({ config }) => ({ config: withoutKeys(config, keys) }));
    });

export default unset;
