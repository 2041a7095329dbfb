/** How archives are compressed, and by which programs. */

export type Compression = "none" | "gzip" | "bzip2" | "xz" | "zstd";
type Compressed = Exclude<Compression, "none">;

const signatures: ReadonlyArray<readonly [compression: Compressed, start: string]> = [
  ["xz", "fd377a585a00"],
  ["zstd", "28b52ffd"],
  ["gzip", "1f8b08"],
  ["bzip2", "425a68"],
];

/** By the first six bytes. */
export function compressionOf(head: Buffer): Compression {
  const found = signatures.find(([, start]) => head.toString("hex").startsWith(start));
  return found?.[0] ?? "none";
}

/** The program that compresses its standard input. All of them write checksums. */
export function compressor(compression: Compressed): readonly [string, ...string[]] {
  const commands = {
    gzip: ["gzip", "-cn"],
    bzip2: ["bzip2", "-c"],
    xz: ["xz", "-c", "--threads=0", "--memlimit-compress=1GiB"],
    zstd: ["zstd", "-cq", "--check", "--threads=0"],
  } as const;
  return commands[compression];
}

/** The program that writes a compressed file's content to its standard output. */
export function decompressor(compression: Compressed): readonly [string, ...string[]] {
  const commands = {
    gzip: ["gzip", "-dc"],
    bzip2: ["bzip2", "-dc"],
    // Bounded memory: an archive may ask its reader for as much as it likes.
    xz: ["xz", "-dc", "--memlimit-decompress=1GiB"],
    zstd: ["zstd", "-dcq", "--memory=1024MB"],
  } as const;
  return commands[compression];
}
