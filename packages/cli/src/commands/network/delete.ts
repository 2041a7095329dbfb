import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .summary("Delete networks.")
    .description("Delete networks that nobody uses, with their forwards.")
    .argument("<network...>")
    .example("lodge network delete dev", "one network")
    .action(async (names: string[]) => {
      const { networks } = await context.client();
      for (const name of names) {
        await networks.delete(name);
        context.say(`Deleted network ${name}`);
      }
    });

export default remove;
