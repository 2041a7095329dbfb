import type { BenchArguments } from "./arguments.ts";
import type { Scenario } from "./scenario.ts";

/** The scenarios of a run, each with the entries and rounds that were asked for. Throws a TypeError for names that are nobody's. */
export function selectScenarios(all: readonly Scenario[], wanted: BenchArguments): Scenario[] {
  const known = new Set(all.flatMap(({ entries }) => entries.map(({ peer }) => peer)));
  const strange = wanted.peers.find((peer) => !known.has(peer));
  if (strange !== undefined) throw new TypeError(`no peer ${strange}; there are ${[...known].sort().join(", ")}`);
  const nothing = wanted.scenarios.find((name) => !all.some((scenario) => scenario.name.startsWith(name)));
  if (nothing !== undefined) throw new TypeError(`no scenario ${nothing}; --list names them`);
  return all
    .filter(({ name }) => wanted.scenarios.length === 0 || wanted.scenarios.some((begin) => name.startsWith(begin)))
    .map((scenario) => ({
      ...scenario,
      rounds: roundsOf(scenario, wanted),
      entries: scenario.entries.filter(({ peer }) => isWanted(peer, wanted.peers)),
    }))
    .filter((scenario) => scenario.entries.length > 0 && (!wanted.quick || scenario.rounds.quick > 0));
}

/** Whoever names a scenario gets it, also in a quick run that leaves it out otherwise. */
function roundsOf({ rounds }: Scenario, { rounds: asked, scenarios }: BenchArguments): Scenario["rounds"] {
  if (asked !== undefined) return { ...rounds, quick: asked, full: asked };
  return scenarios.length > 0 ? { ...rounds, quick: Math.max(rounds.quick, 1) } : rounds;
}

function isWanted(peer: string, peers: readonly string[]): boolean {
  return peer === "lodge" || peers.length === 0 || peers.includes(peer);
}
