import { type Measured, ratio, summarise } from "../measure/statistics.ts";
import type { Claim } from "../scenario.ts";
import { significant } from "./figures.ts";
import type { BenchRecord } from "./records.ts";
import { markdownTable } from "./table.ts";

export interface Verdict {
  readonly claim: Claim;
  /** What was measured, in the claim's terms: a ratio, or a value in the figure's unit. Undefined: one of the ways is missing. */
  readonly measured: number | undefined;
  readonly unit: string;
}

/** Of one scenario's records. Medians are judged, as the tables show them: of each round's ratio, or of the values. */
export function verdicts(claims: readonly Claim[], records: readonly BenchRecord[]): Verdict[] {
  return claims.map((claim) => {
    const own = seriesOf(records, claim.figure, claim.entry);
    if (claim.than === undefined) {
      return { claim, measured: own && summarise(own.values.map(({ value }) => value)).median, unit: own?.unit ?? "" };
    }
    const other = seriesOf(records, claim.figure, claim.than);
    return { claim, measured: own && other && ratio(other.values, own.values)?.median, unit: "×" };
  });
}

export function holds({ claim, measured }: Verdict): boolean | undefined {
  if (measured === undefined) return undefined;
  return "atMost" in claim ? measured <= claim.atMost : measured >= claim.atLeast;
}

/** `12 hold, 2 missed, 1 not measured` */
export function verdictsSummary(judged: readonly Verdict[]): string {
  const count = (of: boolean | undefined) => judged.filter((verdict) => holds(verdict) === of).length;
  return `${count(true)} hold, ${count(false)} missed, ${count(undefined)} not measured`;
}

/** A table: what must hold, and whether it does. Empty without claims. */
export function verdictsTable(judged: readonly Verdict[]): string {
  if (judged.length === 0) return "";
  const rows = judged.map(({ claim, measured, unit }) => {
    const beside = claim.than === undefined ? "" : ` of ${claim.than}`;
    const [word, bound] = "atMost" in claim ? ["at most", claim.atMost] : ["at least", claim.atLeast];
    const asked =
      `${claim.entry}: ${word} ${Number(bound.toFixed(2))} ${claim.than === undefined ? unit : "×"}${beside}`.trimEnd();
    const found = measured === undefined ? "" : `${measured < 1 ? measured.toFixed(2) : significant(measured)} ${unit}`;
    return [claim.figure, asked, found, words.get(holds({ claim, measured, unit })) ?? ""];
  });
  return markdownTable(["", "asked", "measured", "verdict"], rows);
}

const words = new Map([
  [true, "holds"],
  [false, "**missed**"],
  [undefined, "not measured"],
]);

interface Series {
  readonly values: readonly Measured[];
  readonly unit: string;
}

function seriesOf(records: readonly BenchRecord[], figure: string, entry: string): Series | undefined {
  for (const record of records) {
    if (record.kind !== "entry" && record.kind !== "note") continue;
    if (record.figure !== figure || record.entry !== entry || record.samples.length === 0) continue;
    if (record.kind === "note") return { values: record.samples, unit: record.unit };
    return { values: record.samples.map(({ round, milliseconds: value }) => ({ round, value })), unit: "ms" };
  }
  return undefined;
}
