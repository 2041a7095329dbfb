import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { yamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print an operation as YAML.")
    .argument("<operation>", "its id")
    .example("lodge operation show 6f1c2a60-9a3f-4d0e-8b55-0d6c2f1f7a11", "progress, result or error")
    .action(async (id: string) => {
      const { operations } = await context.client();
      context.print(await yamlText(await operations.get(id)));
    });

export default show;
