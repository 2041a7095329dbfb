import { follow } from "../follow.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { renameInstance } from "../rename-instance.ts";

const move: CommandFactory = (context) =>
  new LodgeCommand("move")
    .summary("Bring an instance to another storage pool, or give it another name.")
    .description(
      "Bring a stopped instance, with its snapshots, to another storage pool (`--storage`), or give it another name as `lodge rename` does, or both.",
    )
    .argument("<instance>")
    .argument("[name]", "another name")
    .option("-s, --storage <pool>", "the pool that it is to lie in")
    .example("lodge move web --storage fast", "web lies in the pool fast from now on")
    .example("lodge move web www", "web is www from now on")
    .action(
      async (instance: string, name: string | undefined, { storage }: { storage?: string }, command: LodgeCommand) => {
        if (storage === undefined) {
          if (name === undefined) command.error("error: say a name, or a pool with --storage");
          return renameInstance(context, instance, name);
        }
        const { instances } = await context.client();
        await follow(context, await instances.move(instance, storage, name), `Moving ${instance}`);
        context.say(`Moved ${instance} to pool ${storage}${name === undefined ? "" : ` as ${name}`}`);
      },
    );

export default move;
