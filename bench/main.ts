/** `npm run bench`: Lodge beside what its users would otherwise pick, in one run on one machine. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../test/harness/command.ts";
import { checkout } from "../test/harness/programs.ts";
import { type BenchArguments, readArguments, usage } from "./arguments.ts";
import { busySeconds, describeMachine } from "./report/machine.ts";
import { chartsOf, curveChartsOf, fillPage, measurementsSection, newest } from "./report/page.ts";
import { type BenchRecord, readRuns, recordTo } from "./report/records.ts";
import { terminalReport } from "./report/terminal.ts";
import { type Verdict, verdicts, verdictsSummary } from "./report/verdicts.ts";
import { BenchRoom } from "./room.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios/index.ts";
import { selectScenarios } from "./select.ts";
import { sweep } from "./sweep.ts";

const results = join(checkout, "bench", "results");
const page = join(checkout, "docs", "explanation", "performance.md");
const charts = join(checkout, "docs", "explanation", "performance");

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  let wanted: BenchArguments;
  let chosen: readonly Scenario[];
  try {
    wanted = readArguments(words);
    chosen = selectScenarios(scenarios, wanted);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}\n`);
    return 2;
  }
  if (wanted.list) {
    for (const { name, title, entries } of chosen) {
      say(`${name.padEnd(24)} ${title} (${[...new Set(entries.map(({ peer }) => peer))].join(", ")})`);
    }
    return 0;
  }
  if (wanted.page) {
    writePage();
    return 0;
  }
  return measure(chosen, wanted);
}

/** Returns the exit status: 1 when anything went wrong. */
async function measure(chosen: readonly Scenario[], { quick, publish }: BenchArguments): Promise<number> {
  const started = new Date().toISOString();
  const file = join(results, "local", `${started.slice(0, 19).replaceAll(":", "-")}.jsonl`);
  const record = recordTo(file);
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  process.once("SIGTERM", () => interrupted.abort());
  const judged: Verdict[] = [];
  let failed = false;
  await sweep(say);
  {
    await using room = await BenchRoom.open({ quick, started: record });
    record({ kind: "run", started, commit: await commit(), quick, machine: describeMachine(room.directory) });
    for (const scenario of chosen) {
      if (interrupted.signal.aborted) break;
      say(`${scenario.name}: ${scenario.title}`);
      const begun = performance.now();
      const records = await observed(scenario, room, interrupted.signal);
      for (const each of records) record(each);
      for (const picture of drawCurves(records, file)) say(`  ${picture}`);
      say(`${terminalReport(records)}\n\n  (${Math.round((performance.now() - begun) / 1000)} s)\n`);
      judged.push(...verdicts(scenario.claims ?? [], records));
      failed ||= records.some((each) => each.kind === "missing" && each.failed);
    }
  }
  say(`Of what must hold: ${verdictsSummary(judged)}`);
  say(`Results: ${file}`);
  if (publish) publishResults(file);
  return failed || interrupted.signal.aborted ? 1 : 0;
}

/** Beside the results, for who looks at a run that is not published. Returns the files. */
function drawCurves(records: readonly BenchRecord[], results: string): string[] {
  const [scenario] = records.filter((record) => record.kind === "scenario");
  return (scenario ? curveChartsOf(scenario, records) : []).map(([name, svg]) => {
    const file = results.replace(/\.jsonl$/, `-${name}`);
    writeFileSync(file, svg);
    return file;
  });
}

/** The scenario's records, beginning with what else happened on the machine meanwhile. */
async function observed(scenario: Scenario, room: BenchRoom, signal: AbortSignal): Promise<BenchRecord[]> {
  const begun = { time: performance.now(), busy: busySeconds(), own: ownSeconds(room) };
  const records = await runScenario(scenario, { room, leave: () => room.leave(), say, signal });
  const seconds = (performance.now() - begun.time) / 1000;
  const busy = busySeconds() - begun.busy;
  const own = ownSeconds(room) - begun.own;
  const { processors } = describeMachine(room.directory);
  const others = Math.min(Math.max((busy - own) / (seconds * processors), 0), 1);
  const { name, title, about, claims = [] } = scenario;
  const share = Math.round(others * 1000) / 1000;
  return [{ kind: "scenario", scenario: name, title, about, others: share, claims }, ...records];
}

/** Seconds of processor time of this run so far: the peers and this process. */
function ownSeconds(room: BenchRoom): number {
  return room.processorSeconds() + process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
}

async function commit(): Promise<string> {
  const git = async (...args: string[]) => (await runCommand("git", ["-C", checkout, ...args])).stdout.trim();
  const changed = (await git("status", "--porcelain")) !== "";
  return `${await git("rev-parse", "--short=10", "HEAD")}${changed ? "+" : ""}`;
}

function publishResults(file: string): void {
  copyFileSync(file, join(results, file.slice(file.lastIndexOf("/") + 1)));
  writePage();
}

/** Makes the page and its charts from all published results. */
function writePage(): void {
  const measurements = newest(readRuns(results));
  writeFileSync(page, fillPage(readFileSync(page, "utf8"), measurementsSection(measurements, "performance")));
  mkdirSync(charts, { recursive: true });
  for (const [name, svg] of chartsOf(measurements)) writeFileSync(join(charts, name), svg);
  say(`Written: ${page}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
