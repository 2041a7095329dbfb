/** Which CPUs those get that want a number of them. Pure: numbers in, numbers out. */

/** One that is to have a number of CPUs of the host's choice. */
export interface Wish {
  readonly id: string;
  /** How many; all of `among` when it has no more than that. */
  readonly count: number;
  readonly among: readonly number[];
  /** Those that it has now: it stays where it is as long as that is fair. */
  readonly now: readonly number[];
}

/**
 * CPUs for each wish, so that no CPU has two instances more than one that could take one of them. `named`: CPUs of those who have said
 * which. Instances on a CPU count alike, whatever they do.
 */
export function balance(wishes: readonly Wish[], named: readonly (readonly number[])[]): Map<string, number[]> {
  const load = new Map<number, number>();
  const add = (cpu: number, change: 1 | -1) => load.set(cpu, loadOf(cpu) + change);
  const loadOf = (cpu: number) => load.get(cpu) ?? 0;
  const byLoad = (a: number, b: number) => loadOf(a) - loadOf(b) || a - b;
  for (const cpu of named.flat()) add(cpu, 1);

  const places = wishes.map(({ id, count, among, now }) => {
    const stays = now.filter((cpu) => among.includes(cpu)).slice(0, count);
    return { id, among, count: Math.min(count, among.length), cpus: new Set(stays) };
  });
  for (const { cpus } of places) for (const cpu of cpus) add(cpu, 1);
  for (const { among, count, cpus } of places) {
    const free = among.filter((cpu) => !cpus.has(cpu)).sort(byLoad);
    for (const cpu of free.slice(0, count - cpus.size)) {
      cpus.add(cpu);
      add(cpu, 1);
    }
  }

  // Each move lessens the sum of the squares of all loads, so this ends.
  for (let moved = true; moved; ) {
    moved = false;
    for (const { among, cpus } of places) {
      const from = [...cpus].sort(byLoad).at(-1);
      const to = among.filter((cpu) => !cpus.has(cpu)).sort(byLoad)[0];
      if (from === undefined || to === undefined || loadOf(from) - loadOf(to) < 2) continue;
      cpus.delete(from);
      cpus.add(to);
      add(from, -1);
      add(to, 1);
      moved = true;
    }
  }
  return new Map(places.map(({ id, cpus }) => [id, [...cpus].sort((a, b) => a - b)]));
}
