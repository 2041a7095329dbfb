import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { sortedYamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .summary("Print an instance's metadata as YAML.")
    .description(
      "Print what an instance has of its image's metadata as YAML: properties, and which files are made of templates.",
    )
    .argument("<instance>")
    .example("lodge config metadata show web", "what its image said")
    .action(async (name: string) => {
      const { instances } = await context.client();
      context.print(await sortedYamlText((await instances.metadata(name).getTagged()).value));
    });

export default show;
