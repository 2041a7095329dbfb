import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("delete")
    .description("Forward an address no more.")
    .argument("<network>")
    .argument("<listen-address>", "the external address")
    .example("lodge network forward delete dev 192.0.2.10", "with all its ports")
    .action(async (network: string, listen: string) => {
      const { forwards } = (await context.client()).networks;
      await forwards.delete(network, listen);
      context.say(`Network ${network} forwards ${listen} no more`);
    });

export default remove;
