import { turns } from "./measure/order.ts";
import { type Drawing, type Note, type Sample, Stopwatch } from "./measure/stopwatch.ts";
import type { BenchRecord, CurvesRecord, EntryRecord, MissingRecord, NoteRecord } from "./report/records.ts";
import { type Contestant, type Entry, type Room, type Scenario, Unavailable } from "./scenario.ts";

export interface ScenarioRun {
  readonly room: Room;
  /** Puts this process back where it belongs to no peer. */
  readonly leave: () => void;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** An entry that takes part. */
interface Player {
  readonly entry: Entry;
  readonly contestant: Contestant;
  readonly samples: (Sample & { readonly round: number })[];
  readonly notes: (Note & { readonly round: number })[];
  /** Of the last round. */
  drawing?: Drawing;
}

/** Lets the entries take turns. One that fails is named and takes no further turn; what it measured before is kept. */
export async function runScenario(scenario: Scenario, run: ScenarioRun): Promise<BenchRecord[]> {
  const missing: MissingRecord[] = [];
  const players: Player[] = [];
  const drop = (entry: Entry, error: unknown) => {
    const record = missingRecord(scenario, entry, error);
    missing.push(record);
    run.say(`  ${record.failed ? "failed" : "skipped"}: ${entry.name}: ${record.reason}`);
  };
  try {
    for (const entry of scenario.entries) {
      if (run.signal.aborted) break;
      try {
        players.push({ entry, contestant: await entry.open(run.room), samples: [], notes: [] });
      } catch (error) {
        drop(entry, error);
      }
    }
    await takeTurns(scenario, players, run, drop);
  } finally {
    for (const { entry, contestant } of players) {
      await contestant.close?.().catch((error) => run.say(`  ${entry.name}: not taken down: ${firstLine(error)}`));
    }
  }
  return [...records(scenario, players), ...missing];
}

async function takeTurns(
  { rounds }: Scenario,
  players: readonly Player[],
  { room, leave, signal }: ScenarioRun,
  drop: (entry: Entry, error: unknown) => void,
): Promise<void> {
  const out = new Set<Player>();
  const measured = room.quick ? rounds.quick : rounds.full;
  for (const { entry: player, round } of turns(players, { warmUp: rounds.warmUp ?? 1, measured })) {
    if (signal.aborted) return;
    if (out.has(player)) continue;
    const { peer } = player.contestant;
    const watch = new Stopwatch(peer.group);
    peer.group.enter();
    try {
      await player.contestant.round(watch);
    } catch (error) {
      out.add(player);
      drop(player.entry, error);
    } finally {
      leave();
    }
    if (round === undefined || out.has(player)) continue;
    player.samples.push(...watch.samples.map((sample) => ({ ...sample, round })));
    player.notes.push(...watch.notes.map((note) => ({ ...note, round })));
    if (watch.drawing) player.drawing = watch.drawing;
  }
}

/** Figure by figure, so that what is to be compared stands together. */
function records({ name: scenario }: Scenario, players: readonly Player[]): BenchRecord[] {
  const figures = unique(players.flatMap(({ samples }) => samples.map(({ figure }) => figure)));
  const noted = unique(players.flatMap(({ notes }) => notes.map(({ figure }) => figure)));
  const times = figures.flatMap((figure) =>
    players.flatMap(({ entry, samples }): EntryRecord[] => {
      const own = samples.filter((sample) => sample.figure === figure).map(({ figure: _figure, ...sample }) => sample);
      if (own.length === 0) return [];
      return [{ kind: "entry", scenario, figure, entry: entry.name, peer: entry.peer, samples: own }];
    }),
  );
  const notes = noted.flatMap((figure) =>
    players.flatMap(({ entry, notes }): NoteRecord[] => {
      const own = notes.filter((note) => note.figure === figure);
      const [first] = own;
      if (!first) return [];
      const samples = own.map(({ round, value }) => ({ round, value }));
      return [{ kind: "note", scenario, figure, entry: entry.name, unit: first.unit, samples }];
    }),
  );
  const curves = players.flatMap(({ entry, drawing }): CurvesRecord[] =>
    drawing ? [{ kind: "curves", scenario, entry: entry.name, ...drawing }] : [],
  );
  return [...times, ...notes, ...curves];
}

const unique = (names: readonly string[]) => [...new Set(names)];

function missingRecord({ name: scenario }: Scenario, { name: entry, peer }: Entry, error: unknown): MissingRecord {
  const failed = !(error instanceof Unavailable);
  return { kind: "missing", scenario, entry, peer, failed, reason: firstLine(error) };
}

/** A command line may be long: what came of it stands at its end. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").slice(0, 3);
  return lines
    .map((line) => (line.length > 160 ? `…${line.slice(-160)}` : line))
    .join(" ")
    .replace(/\.$/, "");
}
