import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const get: CommandFactory = (context) =>
  new LodgeCommand("get")
    .summary("Print the value of a key.")
    .description("Print the value of a configuration key of a project; an empty line when it is not set.")
    .argument("<project>")
    .argument("<key>")
    .example("lodge project get default templates.enabled", "whether its machines begin from templates")
    .action(async (name: string, key: string) => {
      const { projects } = await context.client();
      context.print(`${(await projects.get(name)).config[key] ?? ""}\n`);
    });

export default get;
