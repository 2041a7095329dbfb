import type { StorageVolume } from "@lodge/api";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatOption, type ListFormat, printList } from "../../render/format.ts";

const headings = ["TYPE", "NAME", "CONTENT", "SIZE", "DESCRIPTION", "USED BY"];

const list: CommandFactory = (context) =>
  new LodgeCommand("list")
    .description("List a pool's volumes and their snapshots: the custom ones, and what instances and images have.")
    .argument("[pool]", "name of the pool", "default")
    .argument("[filter]", "part of a name, or type=…, content=…, snapshot=true or false")
    .addOption(formatOption())
    .example("lodge storage volume list", "those of the pool default")
    .example("lodge storage volume list default type=custom", "the ones that you made")
    .action(async (pool: string, filter: string | undefined, { format }: { format: ListFormat }) => {
      const all = await (await context.client()).pools.volumes(pool).listAll();
      const values = all.filter((volume) => fits(volume, filter));
      const empty = filter
        ? `No volume in pool ${pool} fits "${filter}".`
        : `Pool ${pool} has no volumes; \`lodge storage volume create ${pool} NAME\` makes one.`;
      await printList(context, format, { values, headings, rows: values.map(row), empty });
    });

function row({ type, name, content_type, config, description, used_by }: StorageVolume): string[] {
  const kind = isSnapshot(name) ? `${type} (snapshot)` : type;
  return [kind, name, content_type, config["size"] ?? "", description, String(used_by.length)];
}

const isSnapshot = (name: string): boolean => name.includes("/");

function fits({ name, type, content_type }: StorageVolume, filter = ""): boolean {
  const [key, value] = filter.split("=", 2);
  if (value === undefined) return name.includes(filter);
  const fields: Readonly<Record<string, string>> = {
    ...{ name, type, content: content_type, content_type },
    snapshot: String(isSnapshot(name)),
  };
  return fields[key ?? ""] === value;
}

export default list;
