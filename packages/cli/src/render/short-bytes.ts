const units = ["", "K", "M", "G", "T", "P"];

/** At most five characters, in powers of 1024: `0`, `912`, `1.5M`, `412M`, `1023G`. */
export function shortBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1023.5 && unit < units.length - 1; unit++) value /= 1024;
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)}${units[unit]}`;
}
