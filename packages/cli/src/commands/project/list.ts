import type { Project } from "@lodge/api";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const headings = ["NAME", "IMAGES", "PROFILES", "STORAGE VOLUMES", "NETWORKS", "DESCRIPTION", "USED BY"];
const features = ["features.images", "features.profiles", "features.storage.volumes", "features.networks"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List projects, and what each has of its own.")
    .addOption(formatOption())
    .example("lodge project list", "the current one is marked")
    .action(async ({ format }: { format: ListFormat }) => {
      const { projects } = await context.client();
      const values = await projects.list();
      const rows = values.map((each) => row(each, format === "table" && each.name === context.project));
      await printList(context, format, { values, headings, rows, empty: "There are none." });
    });

function row({ name, config, description, used_by }: Project, isCurrent: boolean): string[] {
  const own = features.map((key) => (config[key] === "true" ? "YES" : "NO"));
  return [isCurrent ? `${name} (current)` : name, ...own, description, String(used_by.length)];
}

export default list;
