/**
 * In which order entries take their turns: A B A B …, so that what changes on the machine in the course of a run meets all of them
 * alike. Warm-up rounds come first; what they measure is thrown away.
 */
export interface Turn<Entry> {
  readonly entry: Entry;
  /** From 0; missing: a warm-up. */
  readonly round?: number;
}

export function turns<Entry>(entries: readonly Entry[], rounds: { warmUp: number; measured: number }): Turn<Entry>[] {
  const all = (count: number) => Array.from({ length: count }, (_none, index) => index);
  return [
    ...all(rounds.warmUp).flatMap(() => entries.map((entry) => ({ entry }))),
    ...all(rounds.measured).flatMap((round) => entries.map((entry) => ({ entry, round }))),
  ];
}
