import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { renameInstance } from "../rename-instance.ts";

const rename: CommandFactory = (context) =>
  new LodgeCommand("rename")
    .summary("Give an instance another name.")
    .description("Give a stopped instance another name. Its host name and its name in DNS follow at its next start.")
    .argument("<instance>")
    .argument("<name>")
    .example("lodge rename web www", "web is www from now on")
    .action(async (instance: string, name: string) => renameInstance(context, await context.client(), instance, name));

export default rename;
