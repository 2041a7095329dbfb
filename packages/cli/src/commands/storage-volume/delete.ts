import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .summary("Delete volumes or snapshots.")
    .description(
      "Delete volumes that nobody has attached, with their snapshots; or single snapshots (VOLUME/SNAPSHOT).",
    )
    .argument("<pool>")
    .argument("<volume...>")
    .example("lodge storage volume delete default data", "a volume, with all that is in it")
    .example("lodge storage volume delete default data/snap0", "a snapshot of it")
    .action(async (pool: string, names: string[]) => {
      const volumes = (await context.client()).pools.volumes(pool);
      for (const each of names) {
        const [name = "", snapshot] = each.split("/", 2);
        if (snapshot === undefined) await volumes.delete(name);
        else await follow(context, await volumes.deleteSnapshot(name, snapshot), `Deleting ${each}`);
        context.say(`Deleted ${snapshot === undefined ? "volume" : "snapshot"} ${each}`);
      }
    });

export default remove;
