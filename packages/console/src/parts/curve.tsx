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
  const path = points
    .map((value, index) => {
      if (value === null) return "";
      const begins = index === 0 || points[index - 1] === null;
      return `${begins ? "M" : "L"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join("");
  return (
    <svg
      className="lodge-curve"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={path} fill="none" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
