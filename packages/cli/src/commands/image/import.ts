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
    .action(async (file: string, second: string | undefined, { alias = [], property = {} }: Options) => {
      const { images } = await context.client();
      const found = await Promise.all([file, second].filter((path) => path !== undefined).map(upload));
      // The root file system is the second, unless the first shows that it is one: a shell's glob knows no order.
      const rootfs = found.find(({ kind }) => kind !== "archive") ?? found.at(-1);
      const metadata = found.find((each) => each !== rootfs);
      if (!rootfs) return;
      const operation = await images.import({
        type: rootfs.kind === "disk" ? "virtual-machine" : "container",
        rootfs: rootfs.upload,
        properties: property,
        aliases: alias,
        ...(metadata && { metadata: metadata.upload }),
      });
      const { metadata: result } = await follow(context, operation, `Importing ${file}`);
      context.say(`Imported ${result.fingerprint ? String(result.fingerprint).slice(0, 12) : file}`);
    });

const magic: Readonly<Record<string, "disk" | "squashfs">> = { "QFI\xfb": "disk", hsqs: "squashfs" };

/** A file to send, and what its first bytes say it is. */
async function upload(path: string): Promise<{ upload: ImageUpload; kind: "disk" | "squashfs" | "archive" }> {
  await using file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new LodgeError({ code: "file_not_found", message: `${path} cannot be read here: ${cause.message}.`, cause });
  });
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  const kind = magic[buffer.toString("latin1")] ?? "archive";
  return { upload: { filename: basename(path), content: createReadStream(path) }, kind };
}

export default importCommand;
