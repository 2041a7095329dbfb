import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const rename: CommandFactory = (context) =>
  new LodgeCommand("rename")
    .description("Call a server by another name.")
    .argument("<remote>")
    .argument("<new-name>")
    .example("lodge remote rename lab old-lab", "here; the server does not notice")
    .action((name: string, to: string) => {
      context.remotes.rename(name, to);
      context.say(`Renamed ${name} to ${to}`);
    });

export default rename;
