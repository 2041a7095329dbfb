import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { ImageUpload } from "@lodge/sdk";
import { follow } from "../../follow.ts";
import { type CommandFactory, collect, LodgeCommand } from "../../lodge-command.ts";
import { keyValue } from "../../parse-value.ts";

interface Options {
  readonly alias?: readonly string[];
  readonly property?: Readonly<Record<string, string>>;
}

const importCommand: CommandFactory = (context) =>
  new LodgeCommand("import")
    .summary("Import an image in LXD's format.")
    .description("Import an image in LXD's format: one archive, or metadata and root file system apart.")
    .argument("<file>", "a unified archive, or the metadata archive")
    .argument("[rootfs]", "squashfs, tar archive or qcow2 disk")
    .option("--alias <alias>", "name it (repeatable)", collect)
    .option("--property <key=value>", "set a property (repeatable)", keyValue)
    .example("lodge image import lxd.tar.xz rootfs.squashfs --alias alpine", "a container image in two files")
    .example("lodge image import lxd.tar.xz disk.qcow2 --alias alpine", "the virtual machine image")
    .action(async (file: string, rootfs: string | undefined, { alias = [], property = {} }: Options) => {
      const { images } = await context.client();
      const main = await upload(rootfs ?? file);
      const type = main.disk ? "virtual-machine" : "container";
      const operation = await images.import({
        type,
        rootfs: main.upload,
        properties: property,
        aliases: alias,
        ...(rootfs !== undefined && { metadata: (await upload(file)).upload }),
      });
      const { metadata } = await follow(context, operation, `Importing ${file}`);
      context.say(`Imported ${metadata.fingerprint ? String(metadata.fingerprint).slice(0, 12) : file}`);
    });

/** A file to send, and whether it is a virtual machine's disk: those begin with qcow2's magic number. */
async function upload(path: string): Promise<{ upload: ImageUpload; disk: boolean }> {
  await using file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new LodgeError({ code: "file_not_found", message: `${path} cannot be read here: ${cause.message}.`, cause });
  });
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return {
    upload: { filename: basename(path), content: createReadStream(path) },
    disk: buffer.toString("latin1") === "QFI\xfb",
  };
}

export default importCommand;
