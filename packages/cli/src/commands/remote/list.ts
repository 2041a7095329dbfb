import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { localRemote } from "../../remotes/remotes.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List the servers that you know.")
    .addOption(formatOption())
    .example("lodge remote list", "and which one is the default")
    .action(async ({ format }: { format: ListFormat }) => {
      const { remotes } = context;
      const known = [[localRemote, { address: "unix://" }] as const, ...remotes.all];
      const values = known.map(([name, { address }]) => ({ name, address, default: name === remotes.default }));
      const rows = values.map(({ name, address, default: chosen }) => [name, address, chosen ? "yes" : ""]);
      return printList(context, format, { values, headings: ["NAME", "ADDRESS", "DEFAULT"], rows, empty: "" });
    });

export default list;
