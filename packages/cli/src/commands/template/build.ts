import { findImage } from "../../find-image.ts";
import { follow } from "../../follow.ts";
import { type CommandFactory, collect, LodgeCommand } from "../../lodge-command.ts";
import { keyValue } from "../../parse-value.ts";

interface BuildOptions {
  readonly config?: Readonly<Record<string, string>>;
  readonly profile?: readonly string[];
}

const build: CommandFactory = (context) =>
  new LodgeCommand("build")
    .summary("Make a template before it is needed.")
    .description(
      "Make a template of an image, so that already the first launch with this configuration forks from it. Launches make them by themselves otherwise. Memory and number of CPUs need not be said: a template serves all.",
    )
    .argument("<image>", "alias or fingerprint of an image for virtual machines")
    .option("-c, --config <key=value>", "configuration that the instances will have (repeatable)", keyValue)
    .option("-p, --profile <name>", "profiles that they will have instead of default (repeatable)", collect)
    .example("lodge template build debian/12", "for `lodge launch debian/12 --vm`")
    .example("lodge template build debian/12 -p default -p lab", "for those with the nics of another profile")
    .action(async (image: string, { config, profile }: BuildOptions) => {
      const { images, templates } = await context.client();
      const { fingerprint } = findImage(await images.list(), image, "virtual-machine");
      const operation = await templates.build({
        source: { type: "image", fingerprint },
        ...(config && { config: { ...config } }),
        ...(profile && { profiles: [...profile] }),
      });
      const { metadata } = await follow(context, operation, `Building a template of ${image}`);
      const id = String(metadata["template"]);
      if (context.globals.quiet) return context.print(id);
      context.say(`Built template ${id} of ${image}`);
    });

export default build;
