import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ExecSession } from "@lodge/core";
import { Quiet } from "./quiet.ts";

/** Where a command's output goes that no client watches. */
export interface Outputs {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Runs a command to its end without a client; without `outputs` what it prints is dropped. */
export async function runDetached(
  session: ExecSession,
  outputs: Outputs | undefined,
  signal: AbortSignal,
): Promise<number> {
  const end = () => session.close();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  session.stdin.on("error", () => {});
  session.stdin.end();
  try {
    const sources = session.stderr ? [session.stdout, session.stderr] : [session.stdout];
    const quiet = new Quiet(() => {
      for (const source of sources) source.destroy();
    });
    const drained = Promise.all([
      take(session.stdout, outputs?.stdout, quiet),
      ...(session.stderr ? [take(session.stderr, outputs?.stderr, quiet)] : []),
    ]);
    const status = await session.exit;
    if (!session.endsOutput) quiet.begin();
    await drained;
    quiet.end();
    return status;
  } finally {
    signal.removeEventListener("abort", end);
    session.close();
    outputs?.stdout.destroy();
    outputs?.stderr.destroy();
  }
}

async function take(from: Readable, to: Writable | undefined, quiet: Quiet): Promise<void> {
  async function* observed(): AsyncGenerator<Buffer> {
    try {
      for await (const piece of from) {
        quiet.busy();
        yield piece;
        quiet.idle();
      }
    } catch {
      // Cut off: what was printed has been taken.
    }
  }
  if (to) return pipeline(observed, to);
  for await (const _dropped of observed());
}
