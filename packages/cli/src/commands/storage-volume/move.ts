import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { splitPool } from "../../split-pool.ts";

const move: CommandFactory = (context) =>
  new LodgeCommand("move")
    .summary("Move a volume to another pool.")
    .description(
      "Move a volume that nobody has attached to another pool, with its snapshots, or give it another name where it is. Instances are moved by `lodge move INSTANCE --storage POOL`.",
    )
    .argument("<source>", "POOL/VOLUME")
    .argument("<target>", "POOL/VOLUME")
    .example("lodge storage volume move default/data fast/data", "to the pool fast")
    .action(async (source: string, target: string) => {
      const [from, volume] = splitPool(source);
      const [pool, name] = splitPool(target);
      const volumes = (await context.client()).pools.volumes(from);
      if (pool === from) await volumes.rename(volume, name);
      else await follow(context, await volumes.move(volume, { pool, name }), `Moving ${source}`);
      context.say(`Moved ${source} to ${target}`);
    });

export default move;
