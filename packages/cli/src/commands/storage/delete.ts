import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .summary("Delete storage pools.")
    .description("Delete storage pools that nobody uses, with the images that are unpacked in them.")
    .argument("<pool...>")
    .option("-f, --force", "give up one whose source is lost, with the instances and volumes that lay in it")
    .example("lodge storage delete fast", "one pool")
    .example("lodge storage delete fast --force", "one whose disk will not come back")
    .action(async (names: string[], { force }: { readonly force?: true }) => {
      const { pools } = await context.client();
      for (const name of names) {
        await pools.delete(name, { force: force === true });
        context.say(`Deleted storage pool ${name}`);
      }
    });

export default remove;
