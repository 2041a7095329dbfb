import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const rename: CommandFactory = (context) =>
  new LodgeCommand("rename")
    .description("Give a snapshot another name.")
    .argument("<instance>")
    .argument("<snapshot>")
    .argument("<name>")
    .example("lodge snapshot rename web snap0 before-upgrade", "a name that says something")
    .action(async (instance: string, snapshot: string, name: string) => {
      const { instances } = await context.client();
      await follow(context, await instances.snapshots(instance).rename(snapshot, name), `Renaming ${snapshot}`);
      context.say(`Renamed ${snapshot} of ${instance} to ${name}`);
    });

export default rename;
