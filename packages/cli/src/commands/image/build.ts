import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { ImageBuild } from "@lodge/api";
import { type TypeOptions, typeOf } from "../../find-image.ts";
import { follow } from "../../follow.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const build: CommandFactory = (context) =>
  new LodgeCommand("build")
    .summary("Build an image from a definition.")
    .description("Build an image from a definition, as a container and as a virtual machine.")
    .argument("<definition>", "name of a definition that comes with Lodge, or a YAML file")
    .option("--container", "only the container image")
    .option("--vm", "only the virtual machine image")
    .example("lodge image build debian/12", "both images of Debian 12")
    .example("lodge image build ./mine.yaml --vm", "a virtual machine image of a definition of yours")
    .action(async (definition: string, options: TypeOptions) => {
      const client = await context.client();
      const type = typeOf(options);
      const request: ImageBuild = { ...(await source(definition)), ...(type && { types: [type] }) };
      const { metadata } = await follow(context, await client.images.build(request), `Building ${definition}`);
      const fingerprints = (metadata.fingerprints ?? {}) as Readonly<Record<string, string>>;
      for (const [each, fingerprint] of Object.entries(fingerprints)) {
        context.say(`Built ${definition} (${each}) ${fingerprint.slice(0, 12)}`);
      }
    });

/** A file where it looks like one; else a name that the daemon knows. */
async function source(definition: string): Promise<ImageBuild> {
  if (/\.ya?ml$/.test(definition) || (/^[./]/.test(definition) && existsSync(definition))) {
    return { yaml: await readFile(definition, "utf8") };
  }
  return { definition };
}

export default build;
