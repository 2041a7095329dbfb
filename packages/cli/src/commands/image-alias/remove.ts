import { type TypeOptions, typeOf } from "../../find-image.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("remove")
    .summary("Take a name away.")
    .description("Take a name from the images that have it; the images stay.")
    .argument("<alias...>")
    .option("--container", "only from the container image")
    .option("--vm", "only from the virtual machine image")
    .example("lodge image alias remove stable", "the name is gone, its images are not")
    .action(async (names: string[], options: TypeOptions) => {
      const { images } = await context.client();
      for (const name of names) {
        const all = (await images.aliases()).filter((alias) => alias.name === name).map(({ type }) => type);
        const wanted = typeOf(options);
        for (const type of wanted || all.length === 0 ? [wanted] : all) await images.removeAlias(name, type);
        context.say(`Removed ${name}`);
      }
    });

export default remove;
