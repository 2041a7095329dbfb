import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const rename: CommandFactory = (context) =>
  new LodgeCommand("rename")
    .summary("Rename a volume.")
    .description("Rename a volume that nobody has attached, or one of its snapshots (VOLUME/SNAPSHOT).")
    .argument("<pool>")
    .argument("<volume>")
    .argument("<new-name>")
    .example("lodge storage volume rename default data archive", "another name")
    .action(async (pool: string, volume: string, newName: string) => {
      const volumes = (await context.client()).pools.volumes(pool);
      const [name = "", snapshot] = volume.split("/", 2);
      if (snapshot === undefined) await volumes.rename(name, newName);
      else await (await volumes.renameSnapshot(name, snapshot, newName.replace(`${name}/`, ""))).wait();
      context.say(`Renamed ${volume} to ${newName}`);
    });

export default rename;
