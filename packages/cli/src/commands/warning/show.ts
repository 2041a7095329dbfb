import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { yamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print a warning as YAML.")
    .argument("<warning>", "its UUID")
    .example("lodge warning show 6f1c2a60-9a3f-4d0e-8b55-0d6c2f1f7a11", "what happened, to what, and how often")
    .action(async (uuid: string) => {
      const { warnings } = await context.client();
      context.print(await yamlText(await warnings.get(uuid)));
    });

export default show;
