import type { CertificatePut } from "@lodge/api";
import { editYaml } from "../../edit-yaml.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { type ObjectShape, readYamlObject } from "../../yaml-object.ts";

const shape: ObjectShape = {
  what: "a trusted certificate",
  fields: { name: "text", type: "text", restricted: "boolean", projects: "list", role: "text" },
  ignored: ["fingerprint", "certificate"],
};

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Change what a client is trusted with.")
    .description(
      "Change what a client is trusted with, as YAML, in the editor that VISUAL or EDITOR names, or from standard input.",
    )
    .argument("<fingerprint>", "or the beginning of it")
    .example("lodge config trust edit e98f08d33b4f", "name, restriction, projects and role")
    .action(async (prefix: string) => {
      const { certificates } = await context.client();
      const { value, etag } = await certificates.getTagged(prefix);
      const { fingerprint, certificate, ...editable } = value;
      await editYaml(context, {
        name: fingerprint.slice(0, 12),
        heading: [
          `Certificate ${fingerprint}. Save to change it; leave the text as it is to change nothing.`,
          "restricted: true limits it to its projects; role is viewer, operator or manager. Lines that begin with # are ignored.",
        ],
        value: editable,
        save: async (yaml) => {
          const put: CertificatePut = await readYamlObject(yaml, shape);
          await certificates.update(fingerprint, { ...put, certificate }, etag);
        },
      });
    });

export default edit;
