/** CPUs in a line of text, as `limits.cpu` and the kernel write them. Free of zod. */

/** How many CPUs of the host's choice, or which. */
export type CpuLimit = { readonly count: number } | { readonly set: readonly number[] };

/** As many, and numbered below that: what Linux is built for. */
const most = 8192;

/**
 * A number is a count (`4`); a list or a range names CPUs by their numbers on the host, from 0 (`0-3,8`). `3-3` is the CPU 3 alone.
 * Undefined when it is neither.
 */
export function parseCpuLimit(value: string): CpuLimit | undefined {
  if (!/^\d+$/.test(value)) {
    const set = parseCpuSet(value);
    return set && { set };
  }
  const count = Number(value);
  return count >= 1 && count <= most ? { count } : undefined;
}

/** The numbers of `0-3,8`, in order and each once; undefined when it is no such list or an empty one. */
export function parseCpuSet(text: string): number[] | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const [, first = "", last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim()) ?? [];
    if (first === "" || Number(last) < Number(first) || Number(last) >= most) return undefined;
    for (let number = Number(first); number <= Number(last); number++) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** `0-3,8` of numbers in any order; the empty string of none. */
export function formatCpuSet(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && number <= range[1] + 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

/** How many CPUs a value of `limits.cpu` means; `otherwise` where it is unset. */
export function cpuCount(value: string | undefined, otherwise: number): number {
  const limit = parseCpuLimit(value ?? "");
  if (!limit) return otherwise;
  return "count" in limit ? limit.count : limit.set.length;
}
