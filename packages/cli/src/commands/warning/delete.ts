import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .summary("Delete warnings.")
    .description(
      "Delete warnings. One comes back when what it is about comes again, or the daemon is started while it lasts.",
    )
    .argument("<warning...>", "their UUIDs")
    .example("lodge warning delete 6f1c2a60-9a3f-4d0e-8b55-0d6c2f1f7a11", "one of which nothing more is to be seen")
    .action(async (uuids: string[]) => {
      const { warnings } = await context.client();
      for (const uuid of uuids) {
        await warnings.delete(uuid);
        context.say(`Deleted ${uuid}`);
      }
    });

export default remove;
