import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

interface RestoreOptions {
  readonly stateful?: true;
  readonly stateless?: true;
}

/** Users of other clients write the instance before it. */
const nameOf = (snapshot: string): string => snapshot.slice(snapshot.indexOf("/") + 1);

const restore: CommandFactory = (context) =>
  new LodgeCommand("restore")
    .summary("Go back to a snapshot.")
    .description(
      "Make an instance what it was: root, configuration, devices and profiles. What came after is lost, other snapshots are not. One that runs is ended at once and started again; a snapshot with memory and devices goes on where it was taken.",
    )
    .argument("<instance>")
    .argument("<snapshot>")
    .option("--stateful", "fail unless the snapshot has memory and devices")
    .option("--stateless", "leave memory and devices, and boot")
    .example("lodge snapshot restore web snap0", "web as it was")
    .action(async (instance: string, snapshot: string, options: RestoreOptions) => {
      const { instances } = await context.client();
      const snapshots = instances.snapshots(instance);
      const stateful = options.stateful ?? (!options.stateless && (await snapshots.get(nameOf(snapshot))).stateful);
      await follow(context, await snapshots.restore(snapshot, { stateful }), `Restoring ${instance}`);
      context.say(`Restored ${instance} from ${snapshot}`);
    });

export default restore;
