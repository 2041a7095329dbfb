import type { NetworkPut } from "@lodge/api";
import { editYaml } from "../../edit-yaml.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { networkShape, readYamlObject } from "../../yaml-object.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit a network as YAML.")
    .description("Edit a network as YAML, in the editor that VISUAL or EDITOR names, or from standard input.")
    .argument("<network>")
    .example("lodge network edit dev", "in the editor")
    .example("lodge network show dev | lodge network edit test", "to make test what dev is")
    .action(async (name: string) => {
      const { networks } = await context.client();
      const { value, etag } = await networks.getTagged(name);
      const { config, description, used_by } = value;
      await editYaml(context, {
        name,
        heading: [
          `Network ${name}, used by ${used_by.length} objects. Save to change it; leave the text as it is to change nothing.`,
          "Lines that begin with # are ignored. The keys: docs/reference/networks.md.",
        ],
        value: { config, description },
        save: async (yaml) => {
          const put: NetworkPut = await readYamlObject(yaml, networkShape);
          await networks.update(name, put, etag);
        },
      });
    });

export default edit;
