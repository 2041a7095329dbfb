import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .description("Delete profiles that no instance uses.")
    .argument("<profile...>")
    .example("lodge profile delete small", "one profile")
    .action(async (names: string[]) => {
      const { profiles } = await context.client();
      for (const name of names) {
        await profiles.delete(name);
        context.say(`Deleted profile ${name}`);
      }
    });

export default remove;
