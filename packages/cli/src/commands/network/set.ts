import { parseAssignments } from "../../assignments.ts";
import { changeNetwork } from "../../change-network.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { setProperties } from "../../properties.ts";

const set: CommandFactory = (context) =>
  new LodgeCommand("set")
    .summary("Set keys.")
    .description(
      "Set configuration keys of a network. They take effect at once; what would cut off running instances is refused. The keys: docs/reference/networks.md.",
    )
    .argument("<network>")
    .argument("<settings...>", "key=value…, or one key and its value")
    .option("-p, --property", "properties of the network (description) instead of keys")
    .example("lodge network set dev dns.domain=dev", "instances are called NAME.dev")
    .action(async (name: string, words: string[], { property }: { property?: true }) => {
      const settings = parseAssignments(words);
      await changeNetwork(context, name, ({ config, description }) =>
        property
          ? setProperties({ name: `Network ${name}`, properties: { description } }, settings)
          : { config: { ...config, ...settings } },
      );
    });

export default set;
