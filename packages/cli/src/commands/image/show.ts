import { findImage, type TypeOptions, typeOf } from "../../find-image.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { yamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .summary("Print all that is known of an image as YAML.")
    .description("Print all that the daemon knows of an image as YAML.")
    .argument("<image>", "alias or fingerprint")
    .option("--container", "the container image of that alias")
    .option("--vm", "the virtual machine image of that alias")
    .example("lodge image show debian/12 --vm", "the virtual machine image")
    .action(async (name: string, options: TypeOptions) => {
      const { images } = await context.client();
      context.print(await yamlText(findImage(await images.list(), name, typeOf(options))));
    });

export default show;
