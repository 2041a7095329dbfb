import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const switchDefault: CommandFactory = (context) =>
  new LodgeCommand("switch")
    .summary("Choose the server that commands are for.")
    .description("Choose the server that commands are for when they name none.")
    .argument("<remote>")
    .example("lodge remote switch lab", "so that `lodge list` lists what is there")
    .example("lodge remote switch local", "back to the daemon on this host")
    .action((name: string) => {
      context.remotes.setDefault(name);
      context.say(`Commands are for ${name} now.`);
    });

export default switchDefault;
