import type { CommandFactory } from "../lodge-command.ts";
import { LodgeCommand } from "../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../render/format.ts";
import type { Paint } from "../terminal/colour.ts";

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List instances with their state and addresses.")
    .argument("[filter]", "part of a name, or type=…, status=…")
    .addOption(formatOption())
    .example("lodge list", "all instances")
    .example("lodge list web", "those with web in their names")
    .example("lodge list status=running -f csv", "the running ones, for a spreadsheet")
    .example("lodge list -f json | jq -r '.[].name'", "the API's objects, for a program")
    .action(async (filter: string | undefined, { format }: { format: ListFormat }) => {
      const client = await context.client();
      const [all, { filterInstances }, render] = await Promise.all([
        client.instances.list(),
        import("../filter-instances.ts"),
        import("../render/instance-table.ts"),
      ]);
      const values = filterInstances(all, filter);
      const whole = render.instanceTable(values);
      const empty = filter
        ? `No instance fits "${filter}".`
        : "There are no instances yet; `lodge launch debian/12 web` makes one.";
      if (format === "table" && context.columns !== undefined && values.length > 0) {
        const { tableWidth } = await import("../render/table.ts");
        const table = render.fitInstanceTable(whole, context.columns, tableWidth);
        return printList(context, format, { values, ...table, rows: table.rows.map(coloured(context.paint)), empty });
      }
      return printList(context, format, { values, ...whole, empty });
    });

/** Colours the state. */
function coloured(paint: Paint) {
  return ([name = "", state = "", ...rest]: readonly string[]) => {
    const colour =
      state === "RUNNING"
        ? "green"
        : state === "ERROR"
          ? "red"
          : state === "FROZEN" || state === "STARTING"
            ? "cyan"
            : "dim";
    return [name, paint(colour, state), ...rest];
  };
}

export default list;
