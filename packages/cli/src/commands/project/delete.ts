import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .description("Delete projects that are empty.")
    .argument("<project...>")
    .example("lodge project delete lab", "one project")
    .action(async (names: string[]) => {
      const { projects } = await context.client();
      for (const name of names) {
        await projects.delete(name);
        context.leave(name);
        context.say(`Deleted project ${name}`);
      }
    });

export default remove;
