import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print a network as YAML.")
    .argument("<network>")
    .example("lodge network show lodgebr0", "configuration and users")
    .action(async (name: string) => {
      const { networks } = await context.client();
      context.print(await sortedYamlText(await networks.get(name)));
    });

export default show;
