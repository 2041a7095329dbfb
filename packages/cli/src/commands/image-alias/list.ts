import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { byText } from "../../render/order.ts";

const headings = ["ALIAS", "FINGERPRINT", "TYPE", "DESCRIPTION"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List the names of images.")
    .addOption(formatOption())
    .example("lodge image alias list", "all names")
    .action(async ({ format }: { format: ListFormat }) => {
      const { images } = await context.client();
      const values = await images.aliases();
      values.sort(byText((alias) => `${alias.name} ${alias.type}`));
      const rows = values.map((alias) => [
        alias.name,
        alias.target.slice(0, 12),
        alias.type.toUpperCase(),
        alias.description,
      ]);
      await printList(context, format, { values, headings, rows, empty: "No image has a name." });
    });

export default list;
