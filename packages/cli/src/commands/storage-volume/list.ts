import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const headings = ["NAME", "CONTENT", "SIZE", "DESCRIPTION", "USED BY"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List a pool's volumes.")
    .argument("[pool]", "name of the pool", "default")
    .addOption(formatOption())
    .example("lodge storage volume list", "those of the pool default")
    .action(async (pool: string, { format }: { format: ListFormat }) => {
      const values = await (await context.client()).pools.volumes(pool).list();
      const rows = values.map(({ name, content_type, config, description, used_by }) => [
        name,
        content_type,
        config["size"] ?? "",
        description,
        String(used_by.length),
      ]);
      const empty = `Pool ${pool} has no volumes; \`lodge storage volume create ${pool} NAME\` makes one.`;
      await printList(context, format, { values, headings, rows, empty });
    });

export default list;
