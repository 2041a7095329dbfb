const units = ["PiB", "TiB", "GiB", "MiB", "KiB"] as const;

/** Bytes as people write them, exactly: `512MiB`, `1000B`. */
export function formatSize(bytes: number): string {
  for (const [index, unit] of units.entries()) {
    const size = 2 ** (10 * (units.length - index));
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}
