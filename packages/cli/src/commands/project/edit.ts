import type { ProjectPut } from "@lodge/api";
import { editYaml } from "../../edit-yaml.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { projectShape, readYamlObject } from "../../yaml-object.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit a project as YAML.")
    .description("Edit a project as YAML, in the editor that VISUAL or EDITOR names, or from standard input.")
    .argument("<project>")
    .example("lodge project edit lab", "description, features, limits and restrictions")
    .action(async (name: string) => {
      const { projects } = await context.client();
      const { value, etag } = await projects.getTagged(name);
      const { config, description } = value;
      await editYaml(context, {
        name,
        heading: [
          `Project ${name}. Save to change it; leave the text as it is to change nothing.`,
          "Features change only while it is empty. Lines that begin with # are ignored.",
        ],
        value: { config, description },
        save: async (yaml) => {
          const put: ProjectPut = await readYamlObject(yaml, projectShape);
          await projects.update(name, put, etag);
        },
      });
    });

export default edit;
