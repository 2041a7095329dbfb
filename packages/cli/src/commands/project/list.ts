import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List projects.")
    .addOption(formatOption())
    .example("lodge project list", "so far there is one")
    .action(async ({ format }: { format: ListFormat }) => {
      const { projects } = await context.client();
      const values = await projects.list();
      const rows = values.map(({ name, description }) => [name, description]);
      await printList(context, format, { values, headings: ["NAME", "DESCRIPTION"], rows, empty: "There are none." });
    });

export default list;
