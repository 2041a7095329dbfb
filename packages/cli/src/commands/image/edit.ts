import { editYaml } from "../../edit-yaml.ts";
import { findImage, type TypeOptions, typeOf } from "../../find-image.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { imageShape, readYamlObject } from "../../yaml-object.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit what is said of an image as YAML.")
    .description(
      "Edit an image's properties, profiles and expiry, whether everybody may see it, and whether it is kept up to date: in the editor that VISUAL or EDITOR names, or from standard input.",
    )
    .argument("<image>", "alias or fingerprint")
    .option("--container", "the container image of that alias")
    .option("--vm", "the virtual machine image of that alias")
    .example("lodge image edit debian/12", "in the editor")
    .action(async (name: string, options: TypeOptions) => {
      const { images } = await context.client();
      const { fingerprint } = findImage(await images.list(), name, typeOf(options));
      const { value, etag } = await images.getTagged(fingerprint);
      const { auto_update, expires_at, profiles, properties, public: shared } = value;
      await editYaml(context, {
        name: fingerprint.slice(0, 12),
        heading: [
          `Image ${fingerprint.slice(0, 12)}. Save to change it; leave the text as it is to change nothing.`,
          "Lines that begin with # are ignored.",
        ],
        value: { auto_update, expires_at, profiles, properties, public: shared },
        save: async (yaml) => images.update(fingerprint, await readYamlObject(yaml, imageShape), etag),
      });
    });

export default edit;
