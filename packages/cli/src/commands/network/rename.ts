import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const rename: CommandFactory = (context) =>
  new LodgeCommand("rename")
    .summary("Give a network another name.")
    .description("Give a network that nobody uses another name.")
    .argument("<network>")
    .argument("<name>")
    .example("lodge network rename dev test", "dev is test from now on")
    .action(async (network: string, name: string) => {
      const { networks } = await context.client();
      await networks.rename(network, name);
      context.say(`Renamed network ${network} to ${name}`);
    });

export default rename;
