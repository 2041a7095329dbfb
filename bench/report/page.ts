/** `docs/explanation/performance.md`: what people wrote stays, what stands between the two marks follows from the results. */
import { barChart } from "./chart.ts";
import { curveChart } from "./curves.ts";
import { size } from "./figures.ts";
import type { BenchRecord, CurvesRecord, EntryRecord, RunRecord, ScenarioRecord } from "./records.ts";
import { notesTable, timesTable } from "./table.ts";
import { verdicts, verdictsTable } from "./verdicts.ts";

export const beginMark = "<!-- made by `npm run bench -- --publish`: do not edit -->";
export const endMark = "<!-- made until here -->";

/** A scenario as one run measured it. */
export interface Measurement {
  readonly run: RunRecord;
  readonly scenario: ScenarioRecord;
  readonly records: readonly BenchRecord[];
}

/** Of each scenario the newest, in the order in which they were first seen. `runs`: the oldest first. */
export function newest(runs: readonly (readonly BenchRecord[])[]): Measurement[] {
  const found = new Map<string, Measurement>();
  for (const records of runs) {
    const run = records.find((record) => record.kind === "run");
    if (!run) continue;
    for (const scenario of records.filter((record) => record.kind === "scenario")) {
      found.set(scenario.scenario, { run, scenario, records });
    }
  }
  return [...found.values()];
}

/** The page with its middle made anew. */
export function fillPage(page: string, middle: string): string {
  const [begin, end] = [page.indexOf(beginMark), page.indexOf(endMark)];
  if (begin === -1 || end < begin) throw new Error(`the page has no ${beginMark} with ${endMark} after it`);
  return `${page.slice(0, begin + beginMark.length)}\n\n${middle}${middle && "\n\n"}${page.slice(end)}`;
}

/** Markdown of all measurements. `charts`: the folder of the charts, as the page names it. */
export function measurementsSection(measurements: readonly Measurement[], charts: string): string {
  return measurements.map((measurement) => section(measurement, charts)).join("\n\n");
}

function section({ run, scenario, records }: Measurement, charts: string): string {
  const entries = entriesOf(records, scenario.scenario);
  const [figure] = figuresOf(entries);
  return [
    `## ${scenario.title}`,
    scenario.about,
    figure === undefined ? "" : `![${figure}](${charts}/${chartName(scenario.scenario)})`,
    timesTable(entries),
    notesTable(
      records.filter((record) => record.kind === "note").filter((note) => note.scenario === scenario.scenario),
    ),
    ...curvesOf(records, scenario.scenario).map(
      ({ entry }, i) => `![${entry}](${charts}/${curvesName(scenario.scenario, i)})`,
    ),
    verdictsTable(verdicts(scenario.claims ?? [], ofScenario(records, scenario.scenario))),
    missingList(records, scenario.scenario),
    `<sub>${circumstances(run, scenario, versionsOf(records, entries))}</sub>`,
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** By file name: SVG of each scenario's first figure, and of memory over time. */
export function chartsOf(measurements: readonly Measurement[]): Map<string, string> {
  const charts = new Map<string, string>();
  for (const { scenario, records } of measurements) {
    const entries = entriesOf(records, scenario.scenario);
    const [figure] = figuresOf(entries);
    for (const [name, svg] of curveChartsOf(scenario, records)) charts.set(name, svg);
    if (figure === undefined) continue;
    const shown = entries.filter((entry) => entry.figure === figure);
    charts.set(chartName(scenario.scenario), barChart(`${scenario.title}: ${figure}`, shown));
  }
  return charts;
}

/** By file name: what instances had of memory over time, a picture for each way. */
export function curveChartsOf(
  { scenario, title }: ScenarioRecord,
  records: readonly BenchRecord[],
): [string, string][] {
  return curvesOf(records, scenario).map(({ entry, curves, most }, i) => [
    curvesName(scenario, i),
    curveChart(`${title}: ${entry}`, curves, most),
  ]);
}

const chartName = (scenario: string) => `${scenario}.svg`;
const curvesName = (scenario: string, index: number) => `${scenario}-${index + 1}.svg`;

function curvesOf(records: readonly BenchRecord[], scenario: string): CurvesRecord[] {
  return records.filter((record) => record.kind === "curves").filter((curves) => curves.scenario === scenario);
}

function ofScenario(records: readonly BenchRecord[], scenario: string): BenchRecord[] {
  return records.filter((record) => "scenario" in record && record.scenario === scenario);
}

function entriesOf(records: readonly BenchRecord[], scenario: string): EntryRecord[] {
  return records
    .filter((record) => record.kind === "entry")
    .filter((entry) => entry.scenario === scenario && entry.samples.length > 0);
}

function figuresOf(entries: readonly EntryRecord[]): string[] {
  return [...new Set(entries.map(({ figure }) => figure))];
}

function missingList(records: readonly BenchRecord[], scenario: string): string {
  const missing = records.filter((record) => record.kind === "missing").filter((one) => one.scenario === scenario);
  return missing
    .map(({ entry, reason, failed }) => `- ${failed ? "Failed" : "Not measured"}: ${entry}. ${reason}.`)
    .join("\n");
}

function versionsOf(records: readonly BenchRecord[], entries: readonly EntryRecord[]): string[] {
  const peers = new Set(entries.map(({ peer }) => peer));
  const versions = new Map<string, string>();
  for (const record of records) {
    if (record.kind !== "peer" || !peers.has(record.peer)) continue;
    for (const [name, version] of Object.entries(record.versions)) versions.set(name, version);
  }
  return [...versions].map(([name, version]) => `${name} ${version}`);
}

/** Of this share of the machine on, what others did on it is no longer small beside what was measured. */
const idleEnough = 0.1;

function circumstances(run: RunRecord, { others }: ScenarioRecord, versions: readonly string[]): string {
  const { processor, processors, memory, system, kernel, fileSystem } = run.machine;
  const load = `others used ${Math.round(others * 100)} % of the machine meanwhile`;
  return [
    `${run.started.slice(0, 10)}, Lodge ${run.commit}${run.quick ? ", a quick run" : ""}`,
    `${processors} × ${processor}, ${size(memory)}, ${system}, Linux ${kernel}, ${fileSystem}`,
    ...(versions.length > 0 ? [versions.join(", ")] : []),
    others > idleEnough ? `**measured under load**: ${load}` : load,
  ].join("; ");
}
