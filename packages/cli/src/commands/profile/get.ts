import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { getProperty } from "../../properties.ts";

const get: CommandFactory = (context) =>
  new LodgeCommand("get")
    .summary("Print the value of a key.")
    .description("Print the value of a configuration key of a profile; an empty line when it is not set.")
    .argument("<profile>")
    .argument("<key>")
    .option("-p, --property", "a property of the profile (description) instead of a key")
    .example("lodge profile get small limits.memory", "its limit")
    .action(async (name: string, key: string, { property }: { property?: true }) => {
      const { profiles } = await context.client();
      const { config, description } = await profiles.get(name);
      const value = property
        ? getProperty({ name: `Profile ${name}`, properties: { description } }, key)
        : (config[key] ?? "");
      context.print(`${value}\n`);
    });

export default get;
