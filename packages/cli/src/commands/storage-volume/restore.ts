import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const restore: CommandFactory = (context) =>
  new LodgeCommand("restore")
    .summary("Go back to a snapshot of a volume.")
    .description(
      "Make a volume hold what it held at a snapshot; what came after is lost, other snapshots and the configuration are not. No instance may run with it.",
    )
    .argument("<pool>")
    .argument("<volume>")
    .argument("<snapshot>")
    .example("lodge storage volume restore default data snap0", "as it was")
    .action(async (pool: string, volume: string, snapshot: string) => {
      await (await context.client()).pools.volumes(pool).restore(volume, snapshot);
      context.say(`Restored ${volume} from ${snapshot}`);
    });

export default restore;
