import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { getProperty } from "../../properties.ts";

interface Options {
  readonly expanded?: true;
  readonly property?: true;
}

const get: CommandFactory = (context) =>
  new LodgeCommand("get")
    .summary("Print the value of a key.")
    .description("Print the value of a configuration key; an empty line when it is not set.")
    .argument("<instance>", "left out for a key of the server")
    .argument("[key]")
    .option("-e, --expanded", "as it is in force, with what profiles set")
    .option("-p, --property", "a property of the instance (description, ephemeral) instead of a key")
    .example("lodge config get web limits.memory", "the instance's own limit")
    .example("lodge config get templates.enabled", "a key of the server")
    .example("lodge config get web -p description", "what it is")
    .action(async (name: string, key: string | undefined, { expanded, property }: Options) => {
      const { instances, server } = await context.client();
      if (key === undefined) return context.print(`${(await server.get()).config[name] ?? ""}\n`);
      const instance = await instances.get(name);
      const { config, expanded_config, architecture, description, ephemeral } = instance;
      const properties = { architecture, description, ephemeral };
      if (property) return context.print(`${getProperty({ name: `Instance ${name}`, properties }, key)}\n`);
      context.print(`${(expanded ? expanded_config : config)[key] ?? ""}\n`);
    });

export default get;
