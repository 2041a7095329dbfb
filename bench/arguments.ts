import { parseArgs } from "node:util";

/** What `npm run bench -- …` was told. */
export interface BenchArguments {
  /** Beginnings of names; empty: all. */
  readonly scenarios: readonly string[];
  /** Names; Lodge is always one. Empty: all. */
  readonly peers: readonly string[];
  readonly quick: boolean;
  /** Measured rounds of every scenario, instead of its own number. */
  readonly rounds?: number;
  /** Keep the results where the page is made from, and make it. */
  readonly publish: boolean;
  /** Only make the page anew. */
  readonly page: boolean;
  /** Only name the scenarios. */
  readonly list: boolean;
}

export const usage = `npm run bench -- [--scenario NAME]… [--peer NAME]… [--quick] [--rounds N] [--publish] [--page] [--list]

  --scenario NAME   only scenarios whose name begins so
  --peer NAME       Lodge beside this one alone
  --quick           fewer rounds, small data
  --rounds N        that many measured rounds
  --publish         keep the results in bench/results and write docs/explanation/performance.md
  --page            measure nothing, write the page from what is in bench/results
  --list            name the scenarios and their peers`;

/** Throws a TypeError that says what is wrong. */
export function readArguments(words: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      scenario: { type: "string", multiple: true, default: [] },
      peer: { type: "string", multiple: true, default: [] },
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      publish: { type: "boolean", default: false },
      page: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const { scenario: scenarios, peer: peers, quick, publish, page, list } = values;
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new TypeError(`--rounds takes a number from 1 up, not ${values.rounds}`);
  }
  return { scenarios, peers, quick, publish, page, list, ...(rounds !== undefined && { rounds }) };
}
