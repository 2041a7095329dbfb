/** What a file is by its first bytes; its name says nothing. Pure. */
import type { ImageDiskFormat } from "@lodge/core";
import type { Compression } from "../../../system/tar/compression.ts";
import { isRawDisk } from "./raw-disk.ts";

export type FileKind =
  | { readonly kind: "tar"; readonly compression: Compression }
  | { readonly kind: "squashfs" }
  | { readonly kind: "disk"; readonly format: ImageDiskFormat }
  /** A medium to install from. */
  | { readonly kind: "iso" }
  /** Known, and no image by itself: the rest of a sentence that begins with "it". */
  | { readonly kind: "refused"; readonly why: string };

/** As many bytes as `fileKind` looks at: the last signature is that of btrfs. */
export const kindBytes = 68 * 1024;

const disk = (format: ImageDiskFormat): FileKind => ({ kind: "disk", format });
const tar = (compression: Compression): FileKind => ({ kind: "tar", compression });
const refused = (why: string): FileKind => ({ kind: "refused", why });

const description = refused(
  "is only the description of a VMware disk whose data are in other files: make one file of them " +
    "(`qemu-img convert -O qcow2 DESCRIPTION.vmdk disk.qcow2`) and import that",
);
const oldVmware = refused("is a disk of an old VMware ESX: make a qcow2 of it with `qemu-img convert` and import that");

const signatures: ReadonlyArray<readonly [hex: string, offset: number, kind: FileKind]> = [
  ["68737173", 0, { kind: "squashfs" }],
  ["514649fb", 0, disk("qcow2")],
  [hex("KDMV"), 0, disk("vmdk")],
  [hex("vhdxfile"), 0, disk("vhdx")],
  ["7f10dabe", 64, disk("vdi")],
  [hex("# Disk DescriptorFile"), 0, description],
  [hex("COWD"), 0, oldVmware],
  ["fd377a585a00", 0, tar("xz")],
  ["28b52ffd", 0, tar("zstd")],
  ["1f8b08", 0, tar("gzip")],
  ["425a68", 0, tar("bzip2")],
  [hex("ustar"), 257, tar("none")],
  // Before what tells a raw disk: many ISOs carry a partition table as well.
  [hex("CD001"), 0x8001, { kind: "iso" }],
];

/** A compressed file is taken for a tar archive: reading it tells. */
export function fileKind(head: Buffer): FileKind | undefined {
  const found = signatures.find(([signature, offset]) => {
    const bytes = Buffer.from(signature, "hex");
    return head.subarray(offset, offset + bytes.length).equals(bytes);
  });
  if (found) return found[2];
  return isRawDisk(head) ? disk("raw") : undefined;
}

function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}
