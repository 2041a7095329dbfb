const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** As sizes are written in configuration: `300MiB`, `1.5GiB`. */
export function sizeText(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${Number(value.toFixed(value >= 100 || unit < 3 ? 0 : 1))}${units[unit]}`;
}

export const percentText = (share: number): string => `${Math.round(share * 100)} %`;
