import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const headings = ["NAME", "DRIVER", "SOURCE", "DESCRIPTION", "USED BY", "STATE"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List storage pools.")
    .addOption(formatOption())
    .example("lodge storage list", "all pools")
    .action(async ({ format }: { format: ListFormat }) => {
      const { pools } = await context.client();
      const values = await pools.list();
      const rows = values.map((pool) => [
        pool.name,
        pool.driver,
        pool.config["source"] ?? "",
        pool.description,
        String(pool.used_by.length),
        pool.status.toUpperCase(),
      ]);
      await printList(context, format, { values, headings, rows, empty: "There are no storage pools." });
    });

export default list;
