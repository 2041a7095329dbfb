import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { networkPage } from "../../render/network-page.ts";

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .summary("Show what is seen of a network.")
    .description("Show what is seen of a network: its addresses, its traffic and who is on it.")
    .argument("<network>")
    .example("lodge network info lodgebr0", "MTU, counters and instances")
    .action(async (name: string) => {
      const { networks } = await context.client();
      const [network, state, leases, forwards] = await Promise.all([
        networks.get(name),
        networks.state(name),
        networks.leases(name),
        networks.forwards.list(name),
      ]);
      context.print(networkPage({ network, state, leases, forwards }));
    });

export default info;
