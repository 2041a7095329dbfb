import { findImage, type TypeOptions, typeOf } from "../../find-image.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const add: CommandFactory = (context) =>
  new LodgeCommand("add")
    .summary("Give an image a name.")
    .description("Give an image a name. A container and a virtual machine image may share one.")
    .argument("<alias>")
    .argument("<image>", "fingerprint, or another alias of it")
    .option("--description <text>", "what it is", "")
    .option("--container", "the container image of that alias")
    .option("--vm", "the virtual machine image of that alias")
    .example("lodge image alias add stable 3f29a1c04b7d", "stable, for the image with that fingerprint")
    .example("lodge image alias add stable debian/12 --vm", "stable, for the virtual machine image debian/12")
    .action(async (name: string, image: string, options: TypeOptions & { description: string }) => {
      const { images } = await context.client();
      const { fingerprint, type } = findImage(await images.list(), image, typeOf(options));
      await images.addAlias({ name, description: options.description, target: fingerprint, type });
      context.say(`${name} is ${fingerprint.slice(0, 12)} (${type})`);
    });

export default add;
