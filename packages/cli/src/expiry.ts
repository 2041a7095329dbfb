import { InvalidArgumentError } from "commander";

/** Milliseconds of the spans that `lxc` and `incus` write, `m` being months; a month has 30 days and a year 365. */
const units: Readonly<Record<string, number>> = {
  S: 1_000,
  M: 60_000,
  H: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  m: 30 * 86_400_000,
  y: 365 * 86_400_000,
};

/** When something expires: a span from now (`1d`, `2w 3H`) or a time (`2026-05-06`, `2026-05-06 07:08`, RFC 3339). */
export function parseExpiry(text: string, now: Date): Date {
  const trimmed = text.trim();
  const parts = /^(\d{1,6}[SMHdwmy]\s*)+$/.test(trimmed) ? [...trimmed.matchAll(/(\d+)([SMHdwmy])/g)] : [];
  const span = parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
  const time = parts.length > 0 ? new Date(now.getTime() + span) : pointInTime(trimmed);
  if (!time || Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError(
      "It must be a span such as 1d or 2w 3H (units S, M, H, d, w, m for months, y), or a time such as 2026-05-06 07:08.",
    );
  }
  if (time <= now) throw new InvalidArgumentError("That time has passed.");
  return time;
}

/** A date alone is its beginning; without a zone it is local. */
function pointInTime(text: string): Date | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return new Date(`${text}T00:00`);
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.test(text)) return undefined;
  return new Date(text.replace(" ", "T"));
}
