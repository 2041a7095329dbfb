import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .summary("Delete templates.")
    .description(
      "Delete templates. What was forked from them is not touched; the next launch boots, and leaves another.",
    )
    .argument("<template...>", "ids")
    .example("lodge template delete 0a1b2c3d", "and its room is free")
    .action(async (ids: string[]) => {
      const { templates } = await context.client();
      for (const id of ids) {
        await follow(context, await templates.delete(id), `Deleting template ${id}`);
        context.say(`Deleted template ${id}`);
      }
    });

export default remove;
