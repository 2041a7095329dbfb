import type { Image } from "@lodge/api";
import { findImages, type TypeOptions, typeOf } from "../../find-image.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { renderPage } from "../../render/page.ts";
import { formatBytes, formatTime } from "../../render/units.ts";

const info: CommandFactory = (context) =>
  new LodgeCommand("info")
    .description("Show what an image is.")
    .argument("<image>", "alias or fingerprint")
    .option("--container", "the container image of that alias")
    .option("--vm", "the virtual machine image of that alias")
    .example("lodge image info debian/12", "the images under that alias")
    .action(async (name: string, options: TypeOptions) => {
      const { images } = await context.client();
      context.print(
        findImages(await images.list(), name, typeOf(options))
          .map(page)
          .join("\n\n"),
      );
    });

function page(image: Image): string {
  return renderPage([
    ["Fingerprint", image.fingerprint],
    ["Type", image.type],
    ["Aliases", image.aliases.map((alias) => alias.name)],
    ["Architecture", image.architecture],
    ["Size", formatBytes(image.size)],
    ["Created", formatTime(image.created_at)],
    ["Uploaded", formatTime(image.uploaded_at)],
    ["Last used", formatTime(image.last_used_at)],
    ["From", image.update_source ? origin(image.update_source) : ""],
    ["Kept up to date", image.update_source?.alias ? (image.auto_update ? "yes" : "no") : ""],
    ["Kept", image.cached ? "until it was not used for long" : ""],
    ["Properties", Object.entries(image.properties).map(([key, value]) => `${key}: ${value}`)],
  ]);
}

const origin = ({ server, alias }: { server: string; alias: string }): string =>
  alias ? `${server} (${alias})` : server;

export default info;
