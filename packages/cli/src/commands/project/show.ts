import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print a project as YAML.")
    .argument("<project>")
    .example("lodge project show default", "its configuration")
    .action(async (name: string) => {
      const { projects } = await context.client();
      context.print(await sortedYamlText(await projects.get(name)));
    });

export default show;
