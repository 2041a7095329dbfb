import type { InstanceMetadataPut } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { editYaml } from "../../edit-yaml.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit an instance's metadata as YAML.")
    .description(
      "Edit an instance's metadata as YAML, in the editor that VISUAL or EDITOR names, or from standard input. Images that are made of the instance have them, too.",
    )
    .argument("<instance>")
    .example("lodge config metadata edit web", "in the editor")
    .action(async (name: string) => {
      const metadata = (await context.client()).instances.metadata(name);
      const { value, etag } = await metadata.getTagged();
      await editYaml(context, {
        name,
        heading: [
          `Metadata of instance ${name}. Save to change them; leave the text as it is to change nothing.`,
          "Lines that begin with # are ignored.",
        ],
        value,
        save: async (yaml) => metadata.update(await readMetadata(yaml), etag),
      });
    });

/** The daemon says what does not fit. */
async function readMetadata(yaml: string): Promise<InstanceMetadataPut> {
  const { parse } = await import("yaml");
  try {
    const value: unknown = parse(yaml, { logLevel: "error" });
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw new LodgeError({ code: "request_invalid", message: `This is no YAML: ${(cause as Error).message}`, cause });
  }
  throw new LodgeError({ code: "request_invalid", message: "This is no YAML of metadata: it must be a map." });
}

export default edit;
