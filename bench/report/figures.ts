/** How numbers are written. */

/** `4.2 ms`, `312 ms`, `1.84 s` */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${significant(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** `84 MiB` */
export function size(bytes: number): string {
  const [amount, unit] = bytes < 2 ** 30 ? [bytes / 2 ** 20, "MiB"] : [bytes / 2 ** 30, "GiB"];
  return `${significant(amount)} ${unit}`;
}

/** `5.3`, `21`: two digits are what measurements like these are worth; three where they are whole anyway. */
export function significant(value: number): string {
  return Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0);
}
