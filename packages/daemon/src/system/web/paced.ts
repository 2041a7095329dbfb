import type { Readable } from "node:stream";

export interface Pace {
  /** Milliseconds after which it is looked at how much came. */
  readonly window: number;
  /** Bytes that must come in each window. */
  readonly least: number;
}

/** About a kilobyte a second: whoever is slower holds an operation for ever. */
export const slowest: Pace = { window: 30_000, least: 30 << 10 };

/** What a body that is broken off ends with. */
export interface PaceFailures {
  readonly slow: (why: string) => Error;
  readonly long: (why: string) => Error;
}

/** The pieces of a body; one that comes too slowly, or is longer than it may be, is broken off. */
export async function* paced(
  body: Readable,
  limit: number,
  { slow, long }: PaceFailures,
  { window, least }: Pace = slowest,
): AsyncGenerator<Buffer, void> {
  let inWindow = 0;
  let total = 0;
  // Time in which the reader did not ask for more is not the sender's.
  let waiting = 0;
  let since: number | undefined = performance.now();
  const timer = setInterval(
    () => {
      const now = performance.now();
      if (since !== undefined) {
        waiting += now - since;
        since = now;
      }
      if (waiting < window) return;
      if (inWindow < least) body.destroy(slow("it sends too slowly"));
      inWindow = 0;
      waiting = 0;
    },
    Math.max(5, window / 10),
  );
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      total += piece.length;
      if (total > limit) throw long(`it sends more than the ${limit} bytes that were expected`);
      inWindow += piece.length;
      if (since !== undefined) waiting += performance.now() - since;
      since = undefined;
      yield piece;
      since = performance.now();
    }
  } finally {
    clearInterval(timer);
    body.destroy();
  }
}
