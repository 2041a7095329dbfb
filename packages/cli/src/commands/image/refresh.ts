import { findImage, type TypeOptions, typeOf } from "../../find-image.ts";
import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const refresh: CommandFactory = (context) =>
  new LodgeCommand("refresh")
    .description("Bring copies of other servers' images up to date.")
    .argument("<image...>", "alias or fingerprint")
    .option("--container", "the container image of that alias")
    .option("--vm", "the virtual machine image of that alias")
    .example("lodge image refresh debian/12 --container", "where the server has a newer one")
    .action(async (names: string[], options: TypeOptions) => {
      const { images } = await context.client();
      for (const name of names) {
        const { fingerprint } = findImage(await images.list(), name, typeOf(options));
        const { metadata } = await follow(context, await images.refresh(fingerprint), `Refreshing ${name}`);
        const newer = String(metadata["fingerprint"] ?? "").slice(0, 12);
        context.say(metadata["refreshed"] ? `Refreshed ${name}: ${newer}` : `${name} is up to date.`);
      }
    });

export default refresh;
