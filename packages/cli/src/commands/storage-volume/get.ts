import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { getProperty } from "../../properties.ts";

const get: CommandFactory = (context) =>
  new LodgeCommand("get")
    .summary("Print the value of a key.")
    .description("Print the value of a configuration key of a volume; an empty line when it is not set.")
    .argument("<pool>")
    .argument("<volume>")
    .argument("<key>")
    .option("-p, --property", "a property of the volume (description) instead of a key")
    .example("lodge storage volume get default disk1 size", "how large it is")
    .action(async (pool: string, name: string, key: string, { property }: { property?: true }) => {
      const { config, description } = await (await context.client()).pools.volumes(pool).get(name);
      const value = property
        ? getProperty({ name: `Volume ${name}`, properties: { description } }, key)
        : (config[key] ?? "");
      context.print(`${value}\n`);
    });

export default get;
