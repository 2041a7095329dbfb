import type { Operation } from "@lodge/api";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { formatTime } from "../../render/units.ts";

const headings = ["ID", "DESCRIPTION", "ON", "STATE", "CANCELLABLE", "CREATED"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .summary("List operations.")
    .description("List operations that are under way or have just ended.")
    .addOption(formatOption())
    .example("lodge operation list", "what the daemon is doing")
    .action(async ({ format }: { format: ListFormat }) => {
      const { operations } = await context.client();
      const values = await operations.list();
      await printList(context, format, { values, headings, rows: values.map(row), empty: "Nothing is under way." });
    });

function row(operation: Operation): string[] {
  const on = Object.values(operation.resources).flat();
  return [
    operation.id,
    operation.description,
    on.map((url) => decodeURIComponent(url.slice(url.lastIndexOf("/") + 1))).join(" "),
    operation.status.toUpperCase(),
    operation.may_cancel ? "yes" : "no",
    formatTime(operation.created_at),
  ];
}

export default list;
