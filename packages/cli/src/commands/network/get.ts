import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { getProperty } from "../../properties.ts";

const get: CommandFactory = (context) =>
  new LodgeCommand("get")
    .summary("Print the value of a key.")
    .description("Print the value of a configuration key of a network; an empty line when it is not set.")
    .argument("<network>")
    .argument("<key>")
    .option("-p, --property", "a property of the network (description) instead of a key")
    .example("lodge network get lodgebr0 ipv4.address", "the gateway and the prefix length")
    .action(async (name: string, key: string, { property }: { property?: true }) => {
      const { networks } = await context.client();
      const { config, description } = await networks.get(name);
      const value = property
        ? getProperty({ name: `Network ${name}`, properties: { description } }, key)
        : (config[key] ?? "");
      context.print(`${value}\n`);
    });

export default get;
