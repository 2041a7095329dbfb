/** Makes an image's files of what an instance holds: the split form of LXD's format. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImagePacker } from "@lodge/core";
import type { Logger } from "pino";
import { fingerprintOf } from "../format/fingerprint.ts";
import { metadataArchive } from "../format/metadata-archive.ts";
import { packDirectory } from "./directory.ts";
import { packDisk } from "./disk.ts";

export function createImagePacker({ log }: { readonly log: Logger }): ImagePacker {
  return {
    async pack({ root, uid, metadata, directory, compression = "zstd" }, progress, signal) {
      const rootfsFile = join(directory, "rootfs");
      if (root.kind === "disk")
        await packDisk({ disk: root.path, uid, target: rootfsFile, compression }, progress, signal);
      else await packDirectory({ root: root.path, target: rootfsFile, compression }, progress, signal);
      const metadataFile = join(directory, "metadata");
      await writeFile(metadataFile, await metadataArchive(metadata));
      const { fingerprint, size } = await fingerprintOf([metadataFile, rootfsFile], signal);
      const type = root.kind === "disk" ? "virtual-machine" : "container";
      log.info({ fingerprint, type, size }, "image packed");
      return { type, metadataFile, rootfsFile, fingerprint, size, metadata };
    },
  };
}
