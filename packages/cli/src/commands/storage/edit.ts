import type { PoolPut } from "@lodge/api";
import { editYaml } from "../../edit-yaml.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { poolShape, readYamlObject } from "../../yaml-object.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit a storage pool as YAML.")
    .description("Edit a storage pool as YAML, in the editor that VISUAL or EDITOR names, or from standard input.")
    .argument("<pool>")
    .example("lodge storage edit fast", "in the editor")
    .action(async (name: string) => {
      const { pools } = await context.client();
      const { value, etag } = await pools.getTagged(name);
      const { config, description, driver, used_by } = value;
      await editYaml(context, {
        name,
        heading: [
          `Storage pool ${name} of the driver ${driver}, used by ${used_by.length} objects. Save to change it; leave the text as it is to change nothing.`,
          "Lines that begin with # are ignored. The keys: docs/reference/storage.md.",
        ],
        value: { config, description },
        save: async (yaml) => {
          const put: PoolPut = await readYamlObject(yaml, poolShape);
          await pools.update(name, put, etag);
        },
      });
    });

export default edit;
