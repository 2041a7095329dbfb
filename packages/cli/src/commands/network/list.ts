import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const headings = ["NAME", "TYPE", "IPV4", "IPV6", "DESCRIPTION", "USED BY", "STATE"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List networks.")
    .addOption(formatOption())
    .example("lodge network list", "all networks and their addresses")
    .action(async ({ format }: { format: ListFormat }) => {
      const { networks } = await context.client();
      const values = await networks.list();
      const rows = values.map((network) => [
        network.name,
        network.config["bridge.uplink"] === "none" ? `${network.type}, isolated` : network.type,
        network.config["ipv4.address"] ?? "",
        network.config["ipv6.address"] ?? "",
        network.description,
        String(network.used_by.length),
        network.status.toUpperCase(),
      ]);
      await printList(context, format, { values, headings, rows, empty: "There are no networks." });
    });

export default list;
