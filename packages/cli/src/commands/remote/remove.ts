import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("remove")
    .summary("Forget a server.")
    .description(
      "Forget a server. It still trusts you until somebody removes your certificate there (`lodge config trust remove`).",
    )
    .argument("<remote>")
    .example("lodge remote remove lab", "with the certificate that was accepted of it")
    .action((name: string) => {
      context.remotes.remove(name);
      context.say(`Removed ${name}`);
    });

export default remove;
