import type { StorageVolumePut, VolumeContentType } from "@lodge/api";
import { Option } from "commander";
import { parseAssignments } from "../../assignments.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { readPipedObject } from "../../piped-text.ts";
import { volumeShape } from "../../yaml-object.ts";

interface Options {
  readonly type: VolumeContentType;
  readonly description?: string;
}

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Make a volume.")
    .description(
      "Make an empty volume: of files, for any number of containers and virtual machines at once, or a disk for virtual machines. The keys: docs/reference/storage.md. Its content may come as YAML on standard input.",
    )
    .argument("<pool>")
    .argument("<volume>", "a name for it")
    .argument("[settings...]", "key=value of its configuration")
    .addOption(
      new Option("--type <type>", "what it holds: files, or a disk")
        .choices(["filesystem", "block"])
        .default("filesystem"),
    )
    .option("--description <text>", "what it is for")
    .example("lodge storage volume create default data", "files")
    .example("lodge storage volume create default disk1 --type block size=20GiB", "a disk")
    .action(async (pool: string, name: string, words: string[], { type, description }: Options) => {
      const volumes = (await context.client()).pools.volumes(pool);
      const piped: StorageVolumePut = await readPipedObject(context, volumeShape);
      const config = { ...piped.config, ...(words.length > 0 && parseAssignments(words)) };
      const said = description ?? piped.description;
      await volumes.create({ name, content_type: type, config, ...(said && { description: said }) });
      context.say(`Created volume ${name}`);
    });

export default create;
