import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print a storage pool as YAML.")
    .argument("<pool>")
    .example("lodge storage show default", "configuration, users, and what it can do")
    .action(async (name: string) => {
      const { pools } = await context.client();
      context.print(await sortedYamlText(await pools.get(name)));
    });

export default show;
