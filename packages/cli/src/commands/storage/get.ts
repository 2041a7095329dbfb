import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { getProperty } from "../../properties.ts";

const get: CommandFactory = (context) =>
  new LodgeCommand("get")
    .summary("Print the value of a key.")
    .description("Print the value of a configuration key of a storage pool; an empty line when it is not set.")
    .argument("<pool>")
    .argument("<key>")
    .option("-p, --property", "a property of the pool (description) instead of a key")
    .example("lodge storage get fast size", "how large its file is")
    .action(async (name: string, key: string, { property }: { property?: true }) => {
      const { pools } = await context.client();
      const { config, description } = await pools.get(name);
      const value = property
        ? getProperty({ name: `Storage pool ${name}`, properties: { description } }, key)
        : (config[key] ?? "");
      context.print(`${value}\n`);
    });

export default get;
