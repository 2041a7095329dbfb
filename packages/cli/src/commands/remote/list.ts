import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { localRemote, type Remote } from "../../remotes/remotes.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List the servers that you know.")
    .addOption(formatOption())
    .example("lodge remote list", "and which one is the default")
    .action(async ({ format }: { format: ListFormat }) => {
      const { remotes } = context;
      const local: Remote = { address: "unix://" };
      const values = [[localRemote, local] as const, ...remotes.all].map(([name, { address, protocol = "lodge" }]) => ({
        ...{ name, address, protocol, default: name === remotes.default },
      }));
      const rows = values.map((each) => [each.name, each.address, each.protocol, each.default ? "yes" : ""]);
      const headings = ["NAME", "ADDRESS", "PROTOCOL", "DEFAULT"];
      return printList(context, format, { values, headings, rows, empty: "" });
    });

export default list;
