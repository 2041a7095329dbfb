import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ImageFile } from "@lodge/sdk";
import type { Context } from "../../context.ts";
import { findImage, type TypeOptions, typeOf } from "../../find-image.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { formatBytes } from "../../render/units.ts";
import { paintFor } from "../../terminal/colour.ts";
import { Progress } from "../../terminal/progress.ts";

const exportCommand: CommandFactory = (context) =>
  new LodgeCommand("export")
    .summary("Save an image's files.")
    .description("Save an image's files, as `lodge image import` and LXD read them.")
    .argument("<image>", "alias or fingerprint")
    .argument("[directory]", "where to, made when missing", ".")
    .option("--container", "the container image of that alias")
    .option("--vm", "the virtual machine image of that alias")
    .example("lodge image export debian/12 --vm backup", "the virtual machine image's files into backup/")
    .action(async (name: string, directory: string, options: TypeOptions) => {
      const { images } = await context.client();
      const { fingerprint } = findImage(await images.list(), name, typeOf(options));
      await mkdir(directory, { recursive: true });
      for await (const file of images.export(fingerprint)) {
        const path = join(directory, file.filename);
        await save(context, file, path);
        context.say(`Saved ${path}`);
      }
    });

/** Under its name only when it is whole. */
async function save(context: Context, file: ImageFile, path: string): Promise<void> {
  const { stderr, env } = context.surroundings;
  const progress = new Progress(stderr, paintFor(stderr, env));
  const partial = `${path}.part`;
  let bytes = 0;
  file.content.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (!context.globals.quiet && stderr.isTTY) progress.update(`Saving ${path}: ${formatBytes(bytes)}`);
  });
  try {
    await pipeline(file.content, createWriteStream(partial));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    progress.clear();
  }
}

export default exportCommand;
