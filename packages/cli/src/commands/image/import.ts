import type { ImageFormatName } from "@lodge/api";
import type { RunningOperation } from "@lodge/sdk";
import { Option } from "commander";
import type { Context } from "../../context.ts";
import { follow } from "../../follow.ts";
import { type CommandFactory, collect, LodgeCommand } from "../../lodge-command.ts";
import { keyValue } from "../../parse-value.ts";
import { closeUploads, openUpload, sending, type Upload } from "../../upload.ts";

interface Options {
  readonly alias?: readonly string[];
  readonly property?: Readonly<Record<string, string>>;
  readonly format: ImageFormatName;
}

const formats = ["auto", "raw", "qcow2", "vmdk", "vhdx", "vdi", "rootfs"] satisfies readonly ImageFormatName[];

const importCommand: CommandFactory = (context) =>
  new LodgeCommand("import")
    .summary("Import an image, a disk or a root file system.")
    .description(
      "Import an image in LXD's format (one archive, or metadata and root file system apart), a virtual machine's disk, or " +
        "a container's root file system. Disks of other formats are converted. An image that has a URL of its own, whose answer says " +
        "with the headers `LXD-Image-Hash` and `LXD-Image-URL` what to fetch, is fetched by the server.",
    )
    .argument("<file>", "an archive with metadata, a disk, a root file system, or the metadata archive")
    .argument("[rootfs]", "squashfs, tar archive or disk")
    .option("--alias <alias>", "name it (repeatable)", collect)
    .option("--property <key=value>", "set a property (repeatable)", keyValue)
    .addOption(
      new Option("--format <format>", "what the file is, where its content does not tell")
        .choices(formats)
        .default("auto"),
    )
    .example("lodge image import lxd.tar.xz rootfs.squashfs --alias alpine", "a container image in two files")
    .example("lodge image import debian-12-generic-amd64.qcow2 --alias cloud", "a disk as distributions publish it")
    .example("lodge image import server.vmdk --alias server", "a virtual machine of VMware's")
    .example("lodge image import old.img --format raw --alias old", "a disk, bit by bit, without a partition table")
    .example("lodge image import https://images.example.com/mine --alias mine", "an image by its URL")
    .example("lodge image import rootfs.tar.xz --alias mine --property os=Mine", "a container's root file system")
    .action(async (file: string, second: string | undefined, { alias = [], property = {}, format }: Options) => {
      const { images } = await context.client();
      if (/^https?:\/\//i.test(file)) {
        const aliases = alias.map((name) => ({ name, description: "" }));
        const operation = await images.pull({ source: { type: "url", url: file }, aliases, properties: property });
        return sayImported(context, operation, file);
      }
      const found: Upload[] = [];
      try {
        for (const path of second === undefined ? [file] : [file, second]) found.push(await openUpload(path, format));
        // The root file system is the second, unless the first shows that it is one: a shell's glob knows no order.
        const rootfs = found.find(({ kind }) => kind !== "archive") ?? found.at(-1);
        const metadata = found.find((each) => each !== rootfs);
        if (!rootfs) return;
        const operation = await sending(context, found, () =>
          images.import({
            type: rootfs.kind === "disk" ? "virtual-machine" : "container",
            rootfs,
            properties: property,
            aliases: alias,
            format,
            created: rootfs.modified,
            ...(metadata && { metadata }),
          }),
        );
        await sayImported(context, operation, file);
      } finally {
        closeUploads(found);
      }
    });

async function sayImported(context: Context, operation: RunningOperation, file: string): Promise<void> {
  const { metadata } = await follow(context, operation, `Importing ${file}`);
  context.say(`Imported ${metadata["fingerprint"] ? String(metadata["fingerprint"]).slice(0, 12) : file}`);
}

export default importCommand;
