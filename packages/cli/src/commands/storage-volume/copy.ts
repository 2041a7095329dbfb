import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { splitPool } from "../../split-pool.ts";

const copy: CommandFactory = (context) =>
  new LodgeCommand("copy")
    .summary("Copy a volume.")
    .description(
      "Copy a volume, or what it was at a snapshot (POOL/VOLUME/SNAPSHOT), within its pool or to another. Snapshots do not come along.",
    )
    .argument("<source>", "POOL/VOLUME or POOL/VOLUME/SNAPSHOT")
    .argument("<target>", "POOL/VOLUME")
    .example("lodge storage volume copy default/data default/data2", "as it is now")
    .example("lodge storage volume copy default/data fast/data", "to another pool")
    .example("lodge storage volume copy default/data/snap0 default/old", "as it was")
    .action(async (source: string, target: string) => {
      const [from, volume] = splitPool(source);
      const [to, name] = splitPool(target);
      const volumes = (await context.client()).pools.volumes(to);
      await follow(context, await volumes.copy(volume, { name }, from), `Copying ${source}`);
      context.say(`Copied ${source} to ${target}`);
    });

export default copy;
