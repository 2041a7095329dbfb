import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { renameInstance } from "../rename-instance.ts";

const move: CommandFactory = (context) =>
  new LodgeCommand("move")
    .summary("Give an instance another name, as rename does.")
    .description(
      "Give a stopped instance another name, as `lodge rename` does. Instances stay on their host and in their pool.",
    )
    .argument("<instance>")
    .argument("<name>")
    .example("lodge move web www", "web is www from now on")
    .action((instance: string, name: string) => renameInstance(context, instance, name));

export default move;
