import type { PoolPut } from "@lodge/api";
import { parseAssignments } from "../../assignments.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { readPipedObject } from "../../piped-text.ts";
import { poolShape } from "../../yaml-object.ts";

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Make a storage pool.")
    .description(
      "Make a storage pool: in LODGE_DIR, or on the directory or device that the key source names. The keys of each driver: docs/reference/storage.md. Its content may come as YAML on standard input.",
    )
    .argument("<name>")
    .argument("<driver>", "what it is made of: dir or btrfs")
    .argument("[settings...]", "key=value of its configuration")
    .option("--description <text>", "what it is for")
    .example("lodge storage create fast btrfs size=20GiB", "a btrfs in a file of that size")
    .example("lodge storage create ssd btrfs source=/dev/sdb", "a device of its own")
    .example("lodge storage create big dir source=/srv/lodge", "an empty directory of the host")
    .action(async (name: string, driver: string, words: string[], { description }: { description?: string }) => {
      const { pools } = await context.client();
      const piped: PoolPut = await readPipedObject(context, poolShape);
      const config = { ...piped.config, ...(words.length > 0 && parseAssignments(words)) };
      await pools.create({ ...piped, name, driver, config, ...(description !== undefined && { description }) });
      context.say(`Created storage pool ${name}`);
    });

export default create;
