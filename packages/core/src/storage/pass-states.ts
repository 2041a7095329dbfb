import type { OperationContext } from "../operations/operation.ts";
import type { SnapshotId } from "./snapshots.ts";
import type { SentState, StateReceiver, StateStreams } from "./streams.ts";

export interface StatesToPass<State> {
  readonly from: Pick<StateStreams<State, never>, "send">;
  readonly to: StateReceiver;
  /** Snapshots that come along, the oldest first, and what they are called there. */
  readonly kept: readonly { readonly of: State; readonly as: SnapshotId }[];
  /** Passes the state that the new root or volume is to be. */
  readonly last: (pass: (state: State) => Promise<void>) => Promise<void>;
}

/** Brings states from one pool to another, each but the first in what it differs from the one before. */
export async function passStates<State>(
  { from, to, kept, last }: StatesToPass<State>,
  { report, signal }: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  let before: State | undefined;
  const pass = async (state: State, as?: SnapshotId) => {
    await using sent = await from.send(state, before);
    await to.take(until(signal, sent), as);
    before = state;
  };
  for (const [index, { of, as }] of kept.entries()) {
    report({ transfer_progress: `Snapshot ${index + 1} of ${kept.length}` });
    await pass(of, as);
  }
  report({ transfer_progress: "What it holds now" });
  await last(pass);
}

async function* until(signal: AbortSignal, sent: SentState): AsyncGenerator<Buffer, void> {
  for await (const piece of sent.stream()) {
    signal.throwIfAborted();
    yield piece;
  }
}
