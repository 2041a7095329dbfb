import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { modeOption } from "../../migrate.ts";
import { type End, endOf } from "../../remotes/ends.ts";
import { type SendVolumeOptions, sendVolume } from "../../send-volume.ts";
import { splitPool } from "../../split-pool.ts";

const copy: CommandFactory = (context) =>
  new LodgeCommand("copy")
    .summary("Copy a volume.")
    .description(
      "Copy a volume with its snapshots, or what it was at one of them (POOL/VOLUME/SNAPSHOT), within its pool, to another or to another server.",
    )
    .betweenServers()
    .argument("<source>", "[REMOTE:]POOL/VOLUME or POOL/VOLUME/SNAPSHOT")
    .argument("<target>", "[REMOTE:]POOL/VOLUME")
    .option("--volume-only", "without the snapshots")
    .option("--refresh", "bring a copy that is there and not in use up to date: it becomes what the source is now")
    .option("--target-project <project>", "put the copy into this project")
    .addOption(modeOption())
    .example("lodge storage volume copy default/data default/data2", "as it is now")
    .example("lodge storage volume copy default/data fast/data", "to another pool")
    .example("lodge storage volume copy default/data/snap0 default/old", "as it was")
    .example("lodge storage volume copy default/data fast/data --refresh", "once more, into the copy that there is")
    .example("lodge storage volume copy default/data lab:default/data", "to another server")
    .action(async (source: string, target: string, options: SendVolumeOptions) => {
      const [from, to] = [source, target].map((word) => endOf(context.remotes, context.globals.remote, word)) as [
        End,
        End,
      ];
      if (from.remote === to.remote) {
        const [pool, volume] = splitPool(from.word);
        const [there, name] = splitPool(to.word);
        const { volumeOnly, refresh, targetProject } = options;
        const volumes = (await context.clientOf(to.remote, targetProject)).pools.volumes(there);
        const copying = await volumes.copy(
          volume,
          { name },
          {
            pool,
            ...(volumeOnly && { volume_only: true }),
            ...(refresh && { refresh: true }),
            ...(targetProject !== undefined && { project: context.projectOn(from.remote) }),
          },
        );
        await follow(context, copying, `Copying ${source}`);
      } else await sendVolume(context, from, to, options, `Copying ${source}`);
      context.say(`Copied ${source} to ${target}`);
    });

export default copy;
