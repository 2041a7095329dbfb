import type { Pool, PoolResources } from "@lodge/api";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { renderPage } from "../../render/page.ts";
import { formatBytes } from "../../render/units.ts";

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .description("Show a storage pool, its space, and what it can do.")
    .argument("[pool]", "name of the pool", "default")
    .example("lodge storage info", "how much space is left")
    .action(async (name: string) => {
      const { pools } = await context.client();
      const pool = await pools.get(name);
      const resources = pool.problem === undefined ? await pools.resources(name) : undefined;
      context.print(
        renderPage([
          ["Name", pool.name],
          ["Description", pool.description],
          ["Driver", pool.driver],
          ["State", pool.status],
          ["Problem", pool.problem ?? ""],
          ...(resources ? space(resources) : []),
          ...features(pool),
          ["Configuration", Object.entries(pool.config).map(([key, value]) => `${key}: ${value}`)],
          ["Used by", pool.used_by.map((url) => decodeURIComponent(url.replace(/^\/1\.0\//, "")))],
        ]),
      );
    });

type Lines = Parameters<typeof renderPage>[0];

function space({ space: { used, total }, inodes }: PoolResources): Lines {
  const free = formatBytes(total - used);
  return [
    ["Space", `${formatBytes(used)} of ${formatBytes(total)} used, ${free} free`],
    ["Inodes", inodes.total > 0 ? `${inodes.used} of ${inodes.total} used` : ""],
  ];
}

const copies = {
  instant: "at once, whatever their size",
  shared: "file by file, sharing the data",
  full: "file by file, with their data",
} as const;

function features({ features: known }: Pool): Lines {
  if (!known) return [];
  return [
    ["Container copies", copies[known.container_copies]],
    ["Container sizes", known.container_size ? "limited where asked for" : `no: ${known.container_size_reason}`],
  ];
}

export default info;
