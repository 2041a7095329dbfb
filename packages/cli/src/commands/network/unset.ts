import { changeNetwork } from "../../change-network.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { withoutKeys } from "../../settings.ts";

const unset: CommandFactory = (context) =>
  new LodgeCommand("unset")
    .summary("Take keys back to their defaults.")
    .description("Take configuration keys of a network away, so that their defaults count again.")
    .argument("<network>")
    .argument("<key...>")
    .example("lodge network unset dev dns.domain", "the domain is lodge again")
    .action(async (name: string, keys: string[]) => {
      await changeNetwork(context, name, ({ config }) => ({ config: withoutKeys(config, keys) }));
    });

export default unset;
