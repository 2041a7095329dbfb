import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { modeOption } from "../../migrate.ts";
import { type End, endOf } from "../../remotes/ends.ts";
import { type SendVolumeOptions, sendVolume } from "../../send-volume.ts";
import { splitPool } from "../../split-pool.ts";

const move: CommandFactory = (context) =>
  new LodgeCommand("move")
    .summary("Move a volume to another pool, project or server.")
    .description(
      "Move a volume that nobody has attached to another pool, project or server, with its snapshots, or give it another name where it is. Instances are moved by `lodge move INSTANCE --storage POOL`.",
    )
    .betweenServers()
    .argument("<source>", "[REMOTE:]POOL/VOLUME")
    .argument("<target>", "[REMOTE:]POOL/VOLUME")
    .option("--volume-only", "to another server: without the snapshots, which are lost")
    .option("--target-project <project>", "to this project")
    .addOption(modeOption())
    .example("lodge storage volume move default/data fast/data", "to the pool fast")
    .example("lodge storage volume move default/data lab:default/data", "to the server lab")
    .action(async (source: string, target: string, options: SendVolumeOptions) => {
      const [from, to] = [source, target].map((word) => endOf(context.remotes, context.globals.remote, word)) as [
        End,
        End,
      ];
      const [pool, volume] = splitPool(from.word);
      const volumes = (await context.clientOf(from.remote)).pools.volumes(pool);
      if (from.remote !== to.remote) {
        await sendVolume(context, from, to, { ...options, toMove: true }, `Moving ${source}`);
        await volumes.delete(volume);
      } else {
        const [there, name] = splitPool(to.word);
        const { targetProject: project } = options;
        if (there === pool && project === undefined) await volumes.rename(volume, name);
        else {
          const place = { pool: there, name, ...(project !== undefined && { project }) };
          await follow(context, await volumes.move(volume, place), `Moving ${source}`);
        }
      }
      context.say(`Moved ${source} to ${target}`);
    });

export default move;
