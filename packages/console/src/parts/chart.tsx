import "uplot/dist/uPlot.min.css";
import { useEffect, useRef, useState } from "react";
import UPlot from "uplot";
import { onTheme } from "./theme.ts";

export interface ChartLine {
  readonly label: string;
  readonly points: readonly (number | null)[];
  /** Drawn as a dashed line. */
  readonly isBound?: boolean;
}

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  /** All that it shows, for those who do not see it. */
  readonly summary: string;
  /** Seconds of the epoch, of each point. */
  readonly times: readonly number[];
  readonly span: readonly [from: number, to: number];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
  readonly isBinary?: boolean;
  /** The value at the axis' end. */
  readonly top: number;
  /** Charts of the same group point at the same time. */
  readonly group: string;
}

const powersOfTwo = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** Pixels. */
const height = 150;

/** Curves over time. A canvas: what a curve says is in the words beside it as well. */
export function Chart(props: ChartProps) {
  const { title, unit, summary, times, span, lines, format } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [pointed, setPointed] = useState<number>();
  const labels = lines.map(({ label }) => label).join("\n");

  useEffect(() => {
    if (!place.current) return;
    const made = makePlot(place.current, () => latest.current, setPointed);
    plot.current = made.plot;
    return made.remove;
  }, [labels]);
  useEffect(() => {
    plot.current?.setData([[...times], ...lines.map(({ points }) => [...points])], false);
    plot.current?.setScale("x", { min: span[0], max: span[1] });
  }, [times, lines, span]);

  const at = pointed ?? lastKnown(lines);
  const time = times[at];
  return (
    <figure className="lodge-chart">
      <figcaption>
        <strong>{title}</strong> <span className="lodge-hint">{unit}</span>
        <span className="lodge-chart-time">{pointed !== undefined && time !== undefined && clock(time, true)}</span>
      </figcaption>
      <div className="lodge-chart-values">
        {lines.map(({ label, points, isBound }, index) => (
          <span key={label} data-line={index} data-bound={isBound}>
            {label} <b>{valueAt(points, at, format)}</b>
          </span>
        ))}
      </div>
      <div ref={place} className="lodge-chart-place" role="img" aria-label={summary} style={{ height }} />
    </figure>
  );
}

const lastKnown = (lines: readonly ChartLine[]): number =>
  Math.max(...lines.map(({ points }) => points.findLastIndex((point) => point !== null)));

function valueAt(points: ChartLine["points"], index: number, format: ChartProps["format"]): string {
  const value = points[index];
  return value === null || value === undefined ? "–" : format(value);
}

function clock(seconds: number, exact = false): string {
  const form: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  return new Date(seconds * 1000).toLocaleTimeString(undefined, exact ? { ...form, second: "2-digit" } : form);
}

function makePlot(place: HTMLElement, props: () => ChartProps, point: (index: number | undefined) => void) {
  const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (line: number) => () => token(`--lodge-line-${line + 1}`);
  const { times, lines, group, span, isBinary = false } = props();
  const axis: UPlot.Axis = {
    stroke: () => token("--pf-t--global--text--color--subtle"),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: () => token("--pf-t--global--border--color--default"), width: 1 },
    ticks: { show: false },
  };
  const plot = new UPlot(
    {
      ...{ width: Math.max(1, place.clientWidth), height },
      legend: { show: false },
      cursor: { sync: { key: group }, drag: { setScale: false, x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { time: true, range: () => [...props().span] },
        y: { range: () => [0, props().top] },
      },
      axes: [
        { ...axis, space: 56, size: 26, values: (_plot, at) => at.map((seconds) => clock(seconds)) },
        {
          ...axis,
          space: 36,
          size: 74,
          ...(isBinary && { incrs: powersOfTwo }),
          values: (_plot, at) => at.map((value) => props().format(value)),
        },
      ],
      series: [
        {},
        ...lines.map(({ label, isBound }, index) => ({
          ...{ label, stroke: colour(index), width: isBound ? 1 : 1.5, points: { show: false }, spanGaps: false },
          ...(isBound && { dash: [4, 4] }),
        })),
      ],
      hooks: {
        setCursor: [({ cursor: { idx, left = -1 } }) => point(left < 0 ? undefined : (idx ?? undefined))],
      },
    },
    [[...times], ...lines.map(({ points }) => [...points])],
    place,
  );
  plot.setScale("x", { min: span[0], max: span[1] });
  const sizes = new ResizeObserver(() => plot.setSize({ width: Math.max(1, place.clientWidth), height }));
  sizes.observe(place);
  const deaf = onTheme(() => plot.redraw(false, true));
  return {
    plot,
    remove: () => {
      deaf();
      sizes.disconnect();
      plot.destroy();
    },
  };
}
