const pattern = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** What is wrong with a name for an instance; undefined: nothing. */
export const instanceNameProblem = (name: string): string | undefined =>
  pattern.test(name) ? undefined : "Letters, digits and hyphens, beginning with a letter; 63 at most.";
