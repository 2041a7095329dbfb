import type { BenchRecord, EntryRecord } from "./records.ts";

/** One run of one of two builds that take turns. */
export interface Turn {
  readonly side: string;
  readonly records: readonly BenchRecord[];
}

/**
 * What both builds measured, as if they were two ways of doing the same: an entry for each build and figure, its rounds those of all of
 * its turns. Rounds of the same number belong to turns beside each other. What only one build can do is left out.
 */
export function compareSides(turns: readonly Turn[], sides: readonly [string, string]): EntryRecord[] {
  const entries = turns.flatMap(({ side, records }) =>
    records.filter((record) => record.kind === "entry").map((entry) => ({ side, entry })),
  );
  const figures = Map.groupBy(entries, ({ entry }) => `${entry.entry}: ${entry.figure}`);
  return [...figures].flatMap(([figure, measured]) => {
    const merged = sides.map((side) =>
      mergeOf(
        figure,
        side,
        measured.filter((each) => each.side === side),
      ),
    );
    return merged.every((each) => each !== undefined) ? merged : [];
  });
}

function mergeOf(figure: string, side: string, measured: readonly { entry: EntryRecord }[]): EntryRecord | undefined {
  const [first] = measured;
  if (!first) return undefined;
  const longest = Math.max(...measured.map(({ entry }) => entry.samples.length));
  const samples = measured.flatMap(({ entry }, turn) =>
    entry.samples.map((sample) => ({ ...sample, round: turn * longest + sample.round })),
  );
  return { ...first.entry, figure, entry: side, samples };
}
