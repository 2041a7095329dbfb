import { eachInstance } from "../../each-instance.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .description("Delete snapshots. The instance and its other snapshots stay as they are.")
    .argument("<instance>")
    .argument("<snapshot...>")
    .example("lodge snapshot delete web snap0 snap1", "two that are not needed any more")
    .action(async (instance: string, names: string[]) => {
      const { instances } = await context.client();
      const snapshots = instances.snapshots(instance);
      await eachInstance(context, names, {
        doing: "Deleting",
        done: "Deleted",
        begin: (name) => snapshots.delete(name),
      });
    });

export default remove;
