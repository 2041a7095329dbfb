import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { yamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print a snapshot as YAML: the instance's configuration at that moment.")
    .argument("<instance>")
    .argument("<snapshot>")
    .example("lodge snapshot show web snap0", "what web was like")
    .action(async (instance: string, snapshot: string) => {
      const { instances } = await context.client();
      context.print(await yamlText(await instances.snapshots(instance).get(snapshot)));
    });

export default show;
