/** The names of forks: NAME, or with a count NAME-1 to NAME-N. */
export function forkNames(name: string, count: number | undefined): string[] {
  return count === undefined ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}
