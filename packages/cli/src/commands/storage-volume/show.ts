import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print a volume as YAML.")
    .argument("<pool>")
    .argument("<volume>")
    .example("lodge storage volume show default data", "configuration and users")
    .action(async (pool: string, name: string) => {
      context.print(await sortedYamlText(await (await context.client()).pools.volumes(pool).get(name)));
    });

export default show;
