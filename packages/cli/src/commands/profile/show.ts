import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print a profile as YAML.")
    .argument("<profile>")
    .example("lodge profile show default", "what instances get unless they are told otherwise")
    .action(async (name: string) => {
      const { profiles } = await context.client();
      context.print(await sortedYamlText(await profiles.get(name)));
    });

export default show;
