import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { yamlText } from "../../render/format.ts";

const show: CommandFactory = (context) =>
  new LodgeCommand("show")
    .description("Print a network with the addresses it has given out, as YAML.")
    .argument("<network>")
    .example("lodge network show lodgebr0", "configuration, users and leases")
    .action(async (name: string) => {
      const { networks } = await context.client();
      const [network, leases] = await Promise.all([networks.get(name), networks.leases(name)]);
      context.print(await yamlText({ ...network, leases }));
    });

export default show;
