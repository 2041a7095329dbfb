import { changeInstance } from "../../change-instance.ts";
import { changeServer, isServerKey } from "../../change-server.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { setProperties } from "../../properties.ts";
import { withoutKeys } from "../../settings.ts";

const unset: CommandFactory = (context) =>
  new LodgeCommand("unset")
    .summary("Take keys back to their defaults.")
    .description("Take configuration keys of an instance back to what its profiles or the defaults say.")
    .argument("<instance>", "left out for keys of the server")
    .argument("[key...]")
    .option("-p, --property", "properties of the instance (description, ephemeral) instead of keys")
    .example("lodge config unset web limits.memory", "no limit of its own any more")
    .action(async (name: string, keys: string[], { property }: { property?: true }) => {
      if (isServerKey(name)) return changeServer(context, (config) => withoutKeys(config, [name, ...keys]));
      await changeInstance(context, name, ({ config, description, ephemeral }) =>
        property
          ? setProperties({ name: `Instance ${name}`, properties: { description, ephemeral } }, emptied(keys))
          : { config: withoutKeys(config, keys) },
      );
    });

const emptied = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, ""]));

export default unset;
