import type { InstanceFull } from "@lodge/api";
import type { CommandFactory } from "../lodge-command.ts";
import { LodgeCommand } from "../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../render/format.ts";
import type { InstanceTable } from "../render/instance-table.ts";
import type { Paint } from "../terminal/colour.ts";

interface ListOptions {
  readonly format: ListFormat;
  readonly allProjects?: boolean;
}

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List instances with their state and addresses.")
    .argument("[filter]", "part of a name, or type=…, status=…")
    .addOption(formatOption())
    .option("--all-projects", "those of all projects, with the project of each")
    .example("lodge list", "all instances")
    .example("lodge list web", "those with web in their names")
    .example("lodge list status=running -f csv", "the running ones, for a spreadsheet")
    .example("lodge list -f json | jq -r '.[].name'", "the API's objects, for a program")
    .action(async (filter: string | undefined, { format, allProjects = false }: ListOptions) => {
      const client = await context.client();
      const [all, { filterInstances }, render] = await Promise.all([
        client.instances.list({ allProjects }),
        import("../filter-instances.ts"),
        import("../render/instance-table.ts"),
      ]);
      const values = filterInstances(all, filter);
      const table = render.instanceTable(values);
      const whole = allProjects ? withProjects(table, values) : table;
      const empty = filter
        ? `No instance fits "${filter}".`
        : "There are no instances yet; `lodge launch debian/12 web` makes one.";
      if (format === "table" && context.columns !== undefined && values.length > 0) {
        const { tableWidth } = await import("../render/table.ts");
        const fitted = render.fitInstanceTable(whole, context.columns, tableWidth);
        return printList(context, format, { values, ...fitted, rows: fitted.rows.map(coloured(context.paint)), empty });
      }
      return printList(context, format, { values, ...whole, empty });
    });

/** Behind the other columns, so that a narrow terminal cuts what it always does. */
function withProjects({ headings, rows }: InstanceTable, instances: readonly InstanceFull[]): InstanceTable {
  return { headings: [...headings, "PROJECT"], rows: rows.map((row, at) => [...row, instances[at]?.project ?? ""]) };
}

/** Colours the state. */
function coloured(paint: Paint) {
  return ([name = "", state = "", ...rest]: readonly string[]) => {
    const colour =
      state === "RUNNING"
        ? "green"
        : state === "ERROR"
          ? "red"
          : state.startsWith("FROZEN") || state === "STARTING"
            ? "cyan"
            : "dim";
    return [name, paint(colour, state), ...rest];
  };
}

export default list;
