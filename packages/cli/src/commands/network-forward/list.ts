import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { forwardedPorts } from "../../render/network-page.ts";

const headings = ["LISTEN ADDRESS", "DESCRIPTION", "TARGET", "PORTS"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List the external addresses that a network forwards.")
    .argument("<network>")
    .addOption(formatOption())
    .example("lodge network forward list dev", "addresses, targets and ports")
    .action(async (network: string, { format }: { format: ListFormat }) => {
      const { forwards } = (await context.client()).networks;
      const values = await forwards.list(network);
      const rows = values.map((forward) => [
        forward.listen_address,
        forward.description,
        forward.config["target_address"] ?? "",
        forwardedPorts(forward).join("\n"),
      ]);
      await printList(context, format, { values, headings, rows, empty: `Network ${network} forwards nothing.` });
    });

export default list;
