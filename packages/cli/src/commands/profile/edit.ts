import type { ProfilePut } from "@lodge/api";
import { editYaml } from "../../edit-yaml.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { profileShape, readYamlObject } from "../../yaml-object.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit a profile as YAML.")
    .description("Edit a profile as YAML, in the editor that VISUAL or EDITOR names, or from standard input.")
    .argument("<profile>")
    .example("lodge profile edit default", "in the editor")
    .example("lodge profile show small | lodge profile edit tiny", "to make tiny what small is")
    .action(async (name: string) => {
      const { profiles } = await context.client();
      const { value, etag } = await profiles.getTagged(name);
      const { config, description, devices, used_by } = value;
      await editYaml(context, {
        name,
        heading: [
          `Profile ${name}, used by ${used_by.length} instances. Save to change it; leave the text as it is to change nothing.`,
          "Lines that begin with # are ignored.",
        ],
        value: { config, description, devices },
        save: async (yaml) => {
          const put: ProfilePut = await readYamlObject(yaml, profileShape);
          await profiles.update(name, put, etag);
        },
      });
    });

export default edit;
