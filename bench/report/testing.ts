/** Records as a run leaves them, for tests. */
import type { BenchRecord, EntryRecord, RunRecord, ScenarioRecord } from "./records.ts";

/** An entry with one measured round for each number of milliseconds. */
export function entryOf(entry: string, milliseconds: readonly number[], more: Partial<EntryRecord> = {}): EntryRecord {
  const samples = milliseconds.map((each, round) => ({ round, milliseconds: each, processor: 0.25, memory: 2 ** 26 }));
  return { kind: "entry", scenario: "launch", figure: "first reply", entry, peer: "lodge", samples, ...more };
}

export function runOf(entries: readonly BenchRecord[], run: Partial<RunRecord> = {}): BenchRecord[] {
  const machine = {
    ...{ processor: "Some CPU", processors: 2, memory: 2 ** 34, system: "Debian 12", kernel: "6.1", node: "v24" },
    fileSystem: "ext4",
  };
  return [
    { kind: "run", started: "2026-01-02T03:04:05Z", commit: "abcdef", quick: false, machine, ...run },
    scenarioOf({}),
    ...entries,
  ];
}

export function scenarioOf(scenario: Partial<ScenarioRecord>): ScenarioRecord {
  return { kind: "scenario", scenario: "launch", title: "A launch", about: "How.", others: 0, ...scenario };
}
