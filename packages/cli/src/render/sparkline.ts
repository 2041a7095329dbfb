const levels = "▁▂▃▄▅▆▇█";

/** A curve of so many characters, from zero to `top` (missing: its own highest point); a blank where nothing is known. */
export function sparkline(points: readonly (number | null)[], width: number, top?: number): string {
  const per = Math.max(1, Math.ceil(points.length / width));
  const means: (number | null)[] = [];
  for (let at = 0; at < points.length; at += per) means.push(mean(points.slice(at, at + per)));
  const highest = top ?? Math.max(0, ...means.filter((value) => value !== null));
  return means.map((value) => (value === null ? " " : level(highest > 0 ? value / highest : 0))).join("");
}

/** Characters of a curve of an hour, whose points are minutes. */
const hour = 30;
/** Minutes of which a curve says something. */
const enough = 10;

/** The curve of the last hour; empty as long as there is little of it. */
export function hourCurve(minutes: readonly (number | null)[], top?: number): string {
  const known = minutes.filter((point) => point !== null).length;
  return known < enough ? "" : sparkline(minutes, hour, top).trimStart();
}

function mean(points: readonly (number | null)[]): number | null {
  const known = points.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

const level = (share: number): string =>
  levels[Math.max(0, Math.min(levels.length - 1, Math.floor(share * levels.length)))] ?? "";
