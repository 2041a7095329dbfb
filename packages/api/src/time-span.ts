/** Spans of time as `lxc` and `incus` write them. Free of zod. */

const milliseconds: Readonly<Record<string, number>> = {
  S: 1_000,
  M: 60_000,
  H: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/**
 * When a span such as `1d` or `2w 3H` after a time is over. Units: S, M, H, d, w, m (months of the calendar), y. Undefined when
 * it is no span.
 */
export function timeAfter(from: Date, span: string): Date | undefined {
  const parts = span.trim().split(/\s+/);
  const end = new Date(from);
  for (const part of parts) {
    const [, digits = "", unit = ""] = /^(\d{1,6})([SMHdwmy])$/.exec(part) ?? [];
    const count = Number(digits);
    if (unit === "") return undefined;
    if (unit === "m") end.setMonth(end.getMonth() + count);
    else if (unit === "y") end.setFullYear(end.getFullYear() + count);
    else end.setTime(end.getTime() + count * (milliseconds[unit] ?? 0));
  }
  return Number.isNaN(end.getTime()) ? undefined : end;
}
