import { parseAssignments } from "../../assignments.ts";
import { changeForward } from "../../change-network.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const set: CommandFactory = (context) =>
  new LodgeCommand("set")
    .summary("Set keys.")
    .description("Set configuration keys of a forward; an empty value takes one away.")
    .argument("<network>")
    .argument("<listen-address>", "the external address")
    .argument("<settings...>", "key=value…, or one key and its value")
    .example("lodge network forward set dev 192.0.2.10 target_address=10.9.9.20", "where the rest goes")
    .action(async (network: string, listen: string, words: string[]) => {
      const settings = parseAssignments(words);
      await changeForward(context, network, listen, ({ config }) => ({ config: { ...config, ...settings } }));
    });

export default set;
