import type { StorageVolumePut } from "@lodge/api";
import { editYaml } from "../../edit-yaml.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { readYamlObject, volumeShape } from "../../yaml-object.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit a volume as YAML.")
    .description("Edit a volume as YAML, in the editor that VISUAL or EDITOR names, or from standard input.")
    .argument("<pool>")
    .argument("<volume>")
    .example("lodge storage volume edit default data", "in the editor")
    .action(async (pool: string, name: string) => {
      const volumes = (await context.client()).pools.volumes(pool);
      const { value, etag } = await volumes.getTagged(name);
      const { config, content_type, description, used_by } = value;
      await editYaml(context, {
        name,
        heading: [
          `Volume ${name} (${content_type}), used by ${used_by.length} objects. Save to change it; leave the text as it is to change nothing.`,
          "Lines that begin with # are ignored. The keys: docs/reference/storage.md.",
        ],
        value: { config, description },
        save: async (yaml) => {
          const put: StorageVolumePut = await readYamlObject(yaml, volumeShape);
          await volumes.update(name, put, etag);
        },
      });
    });

export default edit;
