/** How many machines stand ready for launches that are still to come. */

/** Milliseconds after the last launch from a template for which machines stand ready for the next. */
export const idleAfter = 600_000;

/** Bytes of the host's memory that one takes, with its tables in the kernel. */
const cost = 48 * 2 ** 20;
/** Of the host's memory that all of them may take together. */
const share = 1 / 32;
/** However much memory there is. */
const bound = 8;

/** How many there are at most on a host with this much memory (bytes). */
export const mostReady = (memory: number): number => Math.min(bound, Math.floor((memory * share) / cost));

export interface ReadyUse<Key> {
  readonly key: Key;
  /** When somebody launched the like for the last time. */
  readonly at: Date;
}

/** How many of each kind there are to be: those that were used last come first. A kind that is not named is not used any more. */
export function readyTargets<Key>(
  uses: readonly ReadyUse<Key>[],
  { each, most, now }: { readonly each: number; readonly most: number; readonly now: Date },
): Map<Key, number> {
  const alive = uses.filter(({ at }) => now.getTime() - at.getTime() < idleAfter);
  const newest = alive.toSorted((a, b) => b.at.getTime() - a.at.getTime());
  let left = most;
  return new Map(
    newest.map(({ key }) => {
      const count = Math.min(each, left);
      left -= count;
      return [key, count];
    }),
  );
}
