/** What something costs, by how many there are: what it costs without any, and what each one adds. */
export interface Growth {
  readonly first: number;
  readonly each: number;
}

export interface Point {
  readonly count: number;
  readonly cost: number;
}

/** The straight line that lies nearest to the points (least squares); at least two of different counts. */
export function growthOf(points: readonly Point[]): Growth {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [count, cost] = [mean(points.map((point) => point.count)), mean(points.map((point) => point.cost))];
  const along = points.reduce((sum, point) => sum + (point.count - count) * (point.cost - cost), 0);
  const spread = points.reduce((sum, point) => sum + (point.count - count) ** 2, 0);
  const each = along / spread;
  return { first: cost - each * count, each };
}
