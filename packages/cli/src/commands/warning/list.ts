import type { Warning } from "@lodge/api";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { formatTime } from "../../render/units.ts";

const headings = ["UUID", "TYPE", "ON", "STATUS", "SEVERITY", "COUNT", "LAST SEEN"];

interface Options {
  readonly format: ListFormat;
  readonly all?: true;
}

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .summary("List what is not as it should be.")
    .description(
      "List trouble that the daemon knows of: what the host lacks, pools that cannot be opened, instances that do not start. What is over goes by itself.",
    )
    .option("--all", "also what is acknowledged or over")
    .addOption(formatOption())
    .example("lodge warning list", "what is to be looked at")
    .action(async ({ format, all }: Options) => {
      const { warnings } = await context.client();
      const values = (await warnings.list()).filter(({ status }) => all || status === "new");
      await printList(context, format, { values, headings, rows: values.map(row), empty: "There are no warnings." });
    });

function row(warning: Warning): string[] {
  return [
    ...[warning.uuid, warning.type, nameOf(warning.entity_url), warning.status.toUpperCase()],
    ...[warning.severity.toUpperCase(), String(warning.count), formatTime(warning.last_seen_at)],
  ];
}

/** As much of it as tells images apart. */
function nameOf(entity: string): string {
  if (entity === "") return "the host";
  const { pathname } = new URL(entity, "http://lodge");
  return decodeURIComponent(pathname.slice(pathname.lastIndexOf("/") + 1)).slice(0, 24);
}

export default list;
