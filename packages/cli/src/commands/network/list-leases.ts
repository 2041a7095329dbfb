import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const headings = ["HOSTNAME", "MAC", "ADDRESS", "TYPE"];

const listLeases: CommandFactory = (context) =>
  new LodgeCommand("list-leases")
    .summary("List the addresses of a network's instances.")
    .description(
      "List the addresses that are reserved for instances on a network, running or not. STATIC ones are asked for by the nic.",
    )
    .argument("<network>")
    .addOption(formatOption())
    .example("lodge network list-leases lodgebr0", "who has which address")
    .action(async (name: string, { format }: { format: ListFormat }) => {
      const { networks } = await context.client();
      const values = await networks.leases(name);
      const rows = values.map(({ hostname, hwaddr, address, type }) => [hostname, hwaddr, address, type.toUpperCase()]);
      await printList(context, format, { values, headings, rows, empty: `No instance has an address on ${name}.` });
    });

export default listLeases;
