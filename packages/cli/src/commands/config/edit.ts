import type { InstancePut } from "@lodge/api";
import { editablePart } from "../../change-instance.ts";
import { editYaml } from "../../edit-yaml.ts";
import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { instanceShape, readYamlObject } from "../../yaml-object.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit configuration and devices as YAML.")
    .description(
      "Edit an instance's configuration and devices as YAML, in the editor that VISUAL or EDITOR names, or from standard input.",
    )
    .argument("<instance>")
    .example("lodge config edit web", "in the editor")
    .example("lodge config show web > web.yaml; lodge config edit web < web.yaml", "from a file")
    .action(async (name: string) => {
      const { instances } = await context.client();
      const { value, etag } = await instances.getTagged(name);
      await editYaml(context, {
        name,
        heading: [
          `Instance ${name}. Save to change it; leave the text as it is to change nothing.`,
          "Lines that begin with # are ignored. Keys volatile.* are the daemon's own notes.",
        ],
        value: editablePart(value),
        save: async (yaml) => {
          const put: InstancePut = await readYamlObject(yaml, instanceShape);
          await follow(context, await instances.update(name, put, etag), `Changing ${name}`);
        },
      });
    });

export default edit;
