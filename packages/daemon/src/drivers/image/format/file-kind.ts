/** What a file is by its first bytes; its name says nothing. Pure. */

export type Compression = "none" | "gzip" | "bzip2" | "xz" | "zstd";
export type FileKind =
  | { readonly kind: "tar"; readonly compression: Compression }
  | { readonly kind: "squashfs" }
  | { readonly kind: "qcow2" };

/** As many bytes as `fileKind` looks at. */
export const kindBytes = 512;

const signatures: ReadonlyArray<readonly [string, number, FileKind]> = [
  ["68737173", 0, { kind: "squashfs" }],
  ["514649fb", 0, { kind: "qcow2" }],
  ["fd377a585a00", 0, { kind: "tar", compression: "xz" }],
  ["28b52ffd", 0, { kind: "tar", compression: "zstd" }],
  ["1f8b08", 0, { kind: "tar", compression: "gzip" }],
  ["425a68", 0, { kind: "tar", compression: "bzip2" }],
  [Buffer.from("ustar").toString("hex"), 257, { kind: "tar", compression: "none" }],
];

/** A compressed file is taken for a tar archive: reading it tells. */
export function fileKind(head: Buffer): FileKind | undefined {
  const found = signatures.find(([hex, offset]) => {
    const bytes = Buffer.from(hex, "hex");
    return head.subarray(offset, offset + bytes.length).equals(bytes);
  });
  return found?.[2];
}

/** The program that writes a compressed file's content to its standard output. */
export function decompressor(compression: Exclude<Compression, "none">): readonly [string, ...string[]] {
  const commands = {
    gzip: ["gzip", "-dc"],
    bzip2: ["bzip2", "-dc"],
    // Bounded memory: an archive may ask its reader for as much as it likes.
    xz: ["xz", "-dc", "--memlimit-decompress=1GiB"],
    zstd: ["zstd", "-dcq", "--memory=1024MB"],
  } as const;
  return commands[compression];
}
