import type { InstanceHistory, InstanceSeries } from "@lodge/api";

/** Points that are kept: an hour of them. */
const most = 720;

/** What was known, and what was asked for since; where both know something, the later word. Never longer than an hour. */
export function joinHistory(before: InstanceHistory, news: InstanceHistory): InstanceHistory {
  const { step } = news;
  const startOf = ({ start }: InstanceHistory) => Date.parse(start) / 1000;
  const offset = Math.round((startOf(news) - startOf(before)) / step);
  const lengthOf = ({ series }: InstanceHistory) => series.cpu.length;
  // The daemon was away, or its clock was set: what it says now is all that fits together.
  if (step !== before.step || offset < 0 || offset > lengthOf(before)) return news;
  const dropped = Math.max(0, offset + lengthOf(news) - most);
  const join = (name: InstanceSeries) => [...before.series[name].slice(0, offset), ...news.series[name]].slice(dropped);
  const names = Object.keys(news.series) as InstanceSeries[];
  return {
    step,
    start: new Date((startOf(news) - (offset - dropped) * step) * 1000).toISOString(),
    series: Object.fromEntries(names.map((name) => [name, join(name)])) as InstanceHistory["series"],
  };
}

/** From when on to ask for more: the last points once again, whose time had not ended. */
export function askSince({ start, step, series }: InstanceHistory): string {
  return new Date(Date.parse(start) + Math.max(0, series.cpu.length - 2) * step * 1000).toISOString();
}

export type Points = readonly (number | null)[];

/** Numbers of a curve, for those who do not see it; undefined: nothing is known. */
export function figuresOf(
  points: Points,
): { readonly now: number; readonly most: number; readonly mean: number } | undefined {
  const known = points.filter((point) => point !== null);
  const now = known.at(-1);
  if (now === undefined) return undefined;
  const sum = known.reduce((all, point) => all + point, 0);
  return { now, most: known.reduce((a, b) => Math.max(a, b), 0), mean: sum / known.length };
}
