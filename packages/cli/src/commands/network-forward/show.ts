import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print a forward as YAML.")
    .argument("<network>")
    .argument("<listen-address>", "the external address")
    .example("lodge network forward show dev 192.0.2.10", "its target and its ports")
    .action(async (network: string, listen: string) => {
      const { forwards } = (await context.client()).networks;
      context.print(await sortedYamlText(await forwards.get(network, listen)));
    });

export default show;
