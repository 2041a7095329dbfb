import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const getDefault: CommandFactory = (context) =>
  new LodgeCommand("get-default")
    .description("Print the server that commands are for when they name none.")
    .example("lodge remote get-default", "local, at first")
    .action(() => context.print(context.remotes.default));

export default getDefault;
