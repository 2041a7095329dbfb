const units: Readonly<Record<string, number>> = { MiB: 1 << 20, GiB: 1 << 30 };

/** Bytes of a size such as `512MiB`; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,5})(MiB|GiB)$/.exec(text);
  const unit = units[match?.[2] ?? ""];
  return match && unit ? Number(match[1]) * unit : undefined;
}
