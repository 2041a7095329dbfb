import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .summary("Delete storage pools.")
    .description("Delete storage pools that nobody uses, with the images that are unpacked in them.")
    .argument("<pool...>")
    .example("lodge storage delete fast", "one pool")
    .action(async (names: string[]) => {
      const { pools } = await context.client();
      for (const name of names) {
        await pools.delete(name);
        context.say(`Deleted storage pool ${name}`);
      }
    });

export default remove;
