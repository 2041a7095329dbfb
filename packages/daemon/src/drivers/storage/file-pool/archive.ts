/** What a root file system archive is, by its first bytes, and how it is unpacked. */

export type ArchiveFormat = "squashfs" | "tar" | "tar.gz" | "tar.xz" | "tar.zst" | "tar.bz2" | "tar.lzma";

const signatures: readonly { readonly format: ArchiveFormat; readonly offset: number; readonly bytes: string }[] = [
  { format: "squashfs", offset: 0, bytes: "68737173" },
  { format: "tar.gz", offset: 0, bytes: "1f8b" },
  { format: "tar.xz", offset: 0, bytes: "fd377a585a00" },
  { format: "tar.zst", offset: 0, bytes: "28b52ffd" },
  { format: "tar.bz2", offset: 0, bytes: "425a68" },
  { format: "tar.lzma", offset: 0, bytes: "5d0000" },
  { format: "tar", offset: 257, bytes: "7573746172" },
];

/** How many bytes `archiveFormat` wants to see. */
export const signatureBytes = 512;

export function archiveFormat(head: Buffer): ArchiveFormat | undefined {
  return signatures.find(({ offset, bytes }) => {
    const expected = Buffer.from(bytes, "hex");
    return head.subarray(offset, offset + expected.length).equals(expected);
  })?.format;
}

/** How much larger the files are than the archive, at the least: an archive that would fit is never refused. */
export function leastExpansion(format: ArchiveFormat): number {
  return format === "tar" ? 1 : 2;
}

const decompressors: Readonly<Record<ArchiveFormat, readonly string[]>> = {
  squashfs: [],
  tar: [],
  "tar.gz": ["--gzip"],
  "tar.xz": ["--xz"],
  "tar.zst": ["--zstd"],
  "tar.bz2": ["--bzip2"],
  "tar.lzma": ["--lzma"],
};

/**
 * The program that unpacks the archive into an empty directory with owners, modes, ACLs, labels and capabilities as they
 * are. Attributes that steer an overlay are left behind: an image has no say in how it is mounted.
 */
export function unpackCommand(format: ArchiveFormat, archive: string, directory: string): [string, ...string[]] {
  if (format === "squashfs") {
    return ["unsquashfs", "-no-progress", "-quiet", "-force", "-xattrs", "-dest", directory, archive];
  }
  return [
    "tar",
    "--extract",
    ...decompressors[format],
    "--numeric-owner",
    "--same-owner",
    "--same-permissions",
    "--delay-directory-restore",
    "--acls",
    "--selinux",
    "--xattrs",
    "--xattrs-include=*",
    "--xattrs-exclude=trusted.*",
    "--warning=no-timestamp",
    `--directory=${directory}`,
    `--file=${archive}`,
  ];
}
