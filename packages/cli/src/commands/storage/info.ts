import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { renderPage } from "../../render/page.ts";
import { formatBytes } from "../../render/units.ts";

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .description("Show a storage pool and its space.")
    .argument("[pool]", "name of the pool", "default")
    .example("lodge storage info", "how much space is left")
    .action(async (name: string) => {
      const { pools } = await context.client();
      const [pool, { space, inodes }] = await Promise.all([pools.get(name), pools.resources(name)]);
      const free = formatBytes(space.total - space.used);
      context.print(
        renderPage([
          ["Name", pool.name],
          ["Driver", pool.driver],
          ["State", pool.status],
          ["Space", `${formatBytes(space.used)} of ${formatBytes(space.total)} used, ${free} free`],
          ["Inodes", inodes.total > 0 ? `${inodes.used} of ${inodes.total} used` : ""],
          ["Configuration", Object.entries(pool.config).map(([key, value]) => `${key}: ${value}`)],
          ["Used by", pool.used_by.map((url) => decodeURIComponent(url.replace(/^\/1\.0\//, "")))],
        ]),
      );
    });

export default info;
