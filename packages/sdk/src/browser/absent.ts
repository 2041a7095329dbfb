/**
 * In the place of Node's streams where the SDK is bundled for browsers. There sessions are spoken to by `openTerminal` and `openScreenSocket`,
 * and files by `fetch`; what would need a stream says so.
 */
import { LodgeError } from "@lodge/api/errors";

function absent(): never {
  throw new LodgeError({ code: "not_supported", message: "This part of the SDK needs Node's streams." });
}

class Absent {
  static readonly from = absent;

  constructor() {
    absent();
  }
}

export {
  Absent as Duplex,
  Absent as Readable,
  Absent as Writable,
  absent as basename,
  absent as buffer,
  absent as text,
};

/** As `node:timers/promises` has it. */
export function setTimeout(
  milliseconds: number,
  value?: unknown,
  { signal }: { signal?: AbortSignal } = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = globalThis.setTimeout(() => resolve(value), milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
