import { findImage, type TypeOptions, typeOf } from "../../find-image.ts";
import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .description("Delete images and their aliases.")
    .argument("<image...>", "alias or fingerprint")
    .option("--container", "the container image of that alias")
    .option("--vm", "the virtual machine image of that alias")
    .example("lodge image delete debian/11 --vm", "the virtual machine image of Debian 11")
    .action(async (names: string[], options: TypeOptions) => {
      const { images } = await context.client();
      for (const name of names) {
        const { fingerprint } = findImage(await images.list(), name, typeOf(options));
        await follow(context, await images.delete(fingerprint), `Deleting ${name}`);
        context.say(`Deleted ${name} (${fingerprint.slice(0, 12)})`);
      }
    });

export default remove;
