import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const get: CommandFactory = (context) =>
  new LodgeCommand("get")
    .summary("Print the value of a key.")
    .description("Print the value of a configuration key; an empty line when it is not set.")
    .argument("<instance>")
    .argument("<key>")
    .option("-e, --expanded", "as it is in force, with what profiles set")
    .example("lodge config get web limits.memory", "the instance's own limit")
    .action(async (name: string, key: string, { expanded }: { expanded?: true }) => {
      const { instances } = await context.client();
      const { config, expanded_config } = await instances.get(name);
      context.print(`${(expanded ? expanded_config : config)[key] ?? ""}\n`);
    });

export default get;
