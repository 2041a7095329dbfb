import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .summary("List an instance's templates of files.")
    .description(
      "List an instance's templates of files. `lodge config metadata show` says which files are made of them.",
    )
    .argument("<instance>")
    .addOption(formatOption())
    .example("lodge config template list web", "those that came with its image")
    .action(async (name: string, { format }: { format: ListFormat }) => {
      const values = await (await context.client()).instances.metadata(name).templates();
      const rows = values.map((value) => [value]);
      await printList(context, format, { values, headings: ["TEMPLATE"], rows, empty: `${name} has no templates.` });
    });

export default list;
