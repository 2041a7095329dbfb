import { follow } from "../follow.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { renameInstance } from "../rename-instance.ts";

interface MoveOptions {
  readonly storage?: string;
  readonly targetProject?: string;
}

const move: CommandFactory = (context) =>
  new LodgeCommand("move")
    .summary("Bring an instance to another storage pool or project, or give it another name.")
    .description(
      "Bring a stopped instance, with its snapshots, to another storage pool (`--storage`) or to another project (`--target-project`), or give it another name as `lodge rename` does, or both.",
    )
    .argument("<instance>")
    .argument("[name]", "another name")
    .option("-s, --storage <pool>", "the pool that it is to lie in")
    .option("--target-project <project>", "the project that it is to be in")
    .example("lodge move web --storage fast", "web lies in the pool fast from now on")
    .example("lodge move web --target-project blue", "web is in the project blue from now on")
    .example("lodge move web www", "web is www from now on")
    .action(async (instance: string, name: string | undefined, options: MoveOptions, command: LodgeCommand) => {
      const { storage, targetProject } = options;
      if (storage !== undefined && targetProject !== undefined)
        command.error("error: --storage and --target-project are two steps");
      const { instances } = await context.client();
      const as = name === undefined ? "" : ` as ${name}`;
      if (targetProject !== undefined) {
        const operation = await instances.moveToProject(instance, targetProject, name);
        await follow(context, operation, `Moving ${instance}`);
        return context.say(`Moved ${instance} to project ${targetProject}${as}`);
      }
      if (storage === undefined) {
        if (name === undefined) command.error("error: say a name, or a pool with --storage");
        return renameInstance(context, instance, name);
      }
      await follow(context, await instances.move(instance, storage, name), `Moving ${instance}`);
      context.say(`Moved ${instance} to pool ${storage}${as}`);
    });

export default move;
