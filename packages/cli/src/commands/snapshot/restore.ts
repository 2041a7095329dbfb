import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const restore: CommandFactory = (context) =>
  new LodgeCommand("restore")
    .summary("Go back to a snapshot.")
    .description(
      "Make an instance what it was: root, configuration, devices and profiles. What came after is lost, other snapshots are not. One that runs is ended at once and started again.",
    )
    .argument("<instance>")
    .argument("<snapshot>")
    .example("lodge snapshot restore web snap0", "web as it was")
    .action(async (instance: string, snapshot: string) => {
      const { instances } = await context.client();
      await follow(context, await instances.snapshots(instance).restore(snapshot), `Restoring ${instance}`);
      context.say(`Restored ${instance} from ${snapshot}`);
    });

export default restore;
