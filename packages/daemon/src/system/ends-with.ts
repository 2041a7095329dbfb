/**
 * A command that ends with a process, however that ends: with this one, when it is the parent. The kernel tells of a parent's death from
 * the moment on at which it is asked to (`--pdeathsig`); a parent that died before it is noticed by its number, and then nothing is run.
 * What waits for a client would otherwise wait for ever. `options`: more of setpriv's.
 */
export function endsWith(
  parent: number,
  command: readonly string[],
  options: readonly string[] = [],
): [string, ...string[]] {
  return [
    "setpriv",
    ...options,
    "--pdeathsig=KILL",
    "--",
    ...["sh", "-c", 'test "$PPID" = "$0" && exec "$@"', `${parent}`],
    ...command,
  ];
}
