interface CurveProps {
  readonly label: string;
  readonly points: readonly (number | null)[];
  /** The value at the top; missing: the largest. */
  readonly most?: number;
}

const width = 300;
const height = 48;

/** Points that are shown at least: five minutes. */
const least = 60;

/** A curve of what is known of the last hour, the newest at the right. What is not known is a gap. */
export function Curve({ label, points: all, most }: CurveProps) {
  const known = all.findIndex((point) => point !== null);
  const points = all.slice(known < 0 ? -least : Math.min(known, Math.max(0, all.length - least)));
  const top = Math.max(most ?? 0, ...points.map((point) => point ?? 0)) || 1;
  const x = (index: number) => (points.length < 2 ? width : (index / (points.length - 1)) * width);
  const y = (value: number) => height - 2 - (value / top) * (height - 4);
  const path = (from: number, to: number) =>
    points
      .slice(from, to)
      .map((value, at) => `${at === 0 ? "M" : "L"}${x(from + at).toFixed(1)} ${y(value ?? 0).toFixed(1)}`)
      .join("");
  return (
    <svg
      className="lodge-curve"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {areasOf(points).map(([from, to]) => (
        <path key={from} className="lodge-curve-area" d={`${path(from, to)}V${height}H${x(from).toFixed(1)}Z`} />
      ))}
      {areasOf(points).map(([from, to]) => (
        <path key={from} d={path(from, to)} fill="none" vectorEffect="non-scaling-stroke" />
      ))}
    </svg>
  );
}

/** Where something is known: from, and until before. */
export function areasOf(points: CurveProps["points"]): (readonly [from: number, to: number])[] {
  const areas: [number, number][] = [];
  for (const [index, point] of points.entries()) {
    if (point === null) continue;
    const last = areas.at(-1);
    if (last?.[1] === index) last[1] = index + 1;
    else areas.push([index, index + 1]);
  }
  return areas;
}
