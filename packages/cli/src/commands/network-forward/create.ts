import { parseAssignments } from "../../assignments.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Forward an external address.")
    .description(
      "Forward an external address to instances of a network: as a whole with target_address, and by its ports with `lodge network forward port add`. The address must lead to this host.",
    )
    .argument("<network>")
    .argument("<listen-address>", "the external address")
    .argument("[settings...]", "key=value: target_address=ADDRESS")
    .option("--description <text>", "what it is for")
    .example("lodge network forward create dev 192.0.2.10", "ports are to follow")
    .example("lodge network forward create dev 192.0.2.11 target_address=10.9.9.20", "everything goes to one instance")
    .action(async (network: string, listen: string, words: string[], { description }: { description?: string }) => {
      const { forwards } = (await context.client()).networks;
      const config = words.length > 0 ? parseAssignments(words) : {};
      await forwards.create(network, {
        listen_address: listen,
        config,
        ...(description !== undefined && { description }),
      });
      context.say(`Network ${network} forwards ${listen}`);
    });

export default create;
