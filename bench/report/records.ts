/** What is kept of a run: a line of JSON for each of these, in `bench/results`. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Measured } from "../measure/statistics.ts";
import type { Drawing } from "../measure/stopwatch.ts";
import type { Claim } from "../scenario.ts";
import type { Machine } from "./machine.ts";

export type BenchRecord =
  | RunRecord
  | PeerRecord
  | ScenarioRecord
  | EntryRecord
  | NoteRecord
  | CurvesRecord
  | MissingRecord;

/** The first line of a run. */
export interface RunRecord {
  readonly kind: "run";
  /** When it began, ISO 8601. */
  readonly started: string;
  /** Of Lodge; `+` after it: with changes that are not committed. */
  readonly commit: string;
  readonly quick: boolean;
  readonly machine: Machine;
}

export interface PeerRecord {
  readonly kind: "peer";
  readonly peer: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Stands before what was measured in it. */
export interface ScenarioRecord {
  readonly kind: "scenario";
  readonly scenario: string;
  readonly title: string;
  readonly about: string;
  /** Share of the machine's processors, 0 … 1, that others than this run used meanwhile. */
  readonly others: number;
  /** What must hold. */
  readonly claims?: readonly Claim[];
}

/** One way of doing one thing, with every measured round. */
export interface EntryRecord {
  readonly kind: "entry";
  readonly scenario: string;
  readonly figure: string;
  readonly entry: string;
  readonly peer: string;
  readonly samples: readonly RoundSample[];
}

export interface RoundSample {
  readonly round: number;
  readonly milliseconds: number;
  /** Seconds. */
  readonly processor: number;
  /** Bytes. */
  readonly memory: number;
}

/** What else was found out, in a unit of its own. */
export interface NoteRecord {
  readonly kind: "note";
  readonly scenario: string;
  readonly figure: string;
  readonly entry: string;
  readonly unit: string;
  readonly samples: readonly Measured[];
}

/** What instances had of memory over time, in the last round. */
export interface CurvesRecord extends Drawing {
  readonly kind: "curves";
  readonly scenario: string;
  readonly entry: string;
}

/** What could not be measured, or not to the end. */
export interface MissingRecord {
  readonly kind: "missing";
  readonly scenario: string;
  readonly entry: string;
  readonly peer: string;
  readonly reason: string;
  /** Not for lack of something, but because it went wrong. */
  readonly failed: boolean;
}

/** Where records are added, at once: what an interrupted run measured is kept. */
export function recordTo(file: string): (record: BenchRecord) => void {
  mkdirSync(dirname(file), { recursive: true });
  return (record) => appendFileSync(file, `${JSON.stringify(record)}\n`);
}

/** One run. */
export function readRun(file: string): BenchRecord[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as BenchRecord);
}

/** All runs of a folder, the oldest first. Files are named by when they began. */
export function readRuns(folder: string): BenchRecord[][] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return files.sort().map((name) => readRun(join(folder, name)));
}
