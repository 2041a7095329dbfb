import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";
import { formatBytes } from "../../render/units.ts";

const bytes = ["memory", "disk"];

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .summary("Show what a project has taken, and may take.")
    .description("Show what a project has taken of each thing that its limits count, and what they allow.")
    .argument("<project>")
    .addOption(formatOption())
    .example("lodge project info lab", "instances, memory, disk and the rest")
    .action(async (name: string, { format }: { format: ListFormat }) => {
      const { projects } = await context.client();
      const { resources } = await projects.state(name);
      const entries = Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1));
      const rows = entries.map(([key, { Limit, Usage }]) => [
        key,
        Limit < 0 ? "" : amount(key, Limit),
        amount(key, Usage),
      ]);
      const headings = ["RESOURCE", "LIMIT", "USAGE"];
      await printList(context, format, { values: [resources], headings, rows, empty: "" });
    });

const amount = (key: string, value: number): string => (bytes.includes(key) ? formatBytes(value) : String(value));

export default info;
