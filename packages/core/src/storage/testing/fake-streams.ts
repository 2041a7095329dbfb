import { text } from "node:stream/consumers";
import { LodgeError } from "@lodge/api/errors";
import type { SnapshotId } from "../snapshots.ts";
import type { SentState, StateReceiver, StateStreams } from "../streams.ts";

/** What of a fake pool streams are made of, and what is made of them. */
export interface FakeStreaming<State, Request> {
  content(state: State): string;
  make(request: Request, content: string, kept: Map<SnapshotId, string>): Promise<void>;
}

/** Streams as JSON: what there was before, and what there is. */
export class FakeStreams<State, Request> implements StateStreams<State, Request> {
  /** What was sent and is not disposed of. */
  open = 0;
  readonly #streaming: FakeStreaming<State, Request>;

  constructor(streaming: FakeStreaming<State, Request>) {
    this.#streaming = streaming;
  }

  async has(): Promise<boolean> {
    return true;
  }

  async send(state: State, since?: State): Promise<SentState> {
    const content = (of: State) => this.#streaming.content(of);
    const words = JSON.stringify({ ...(since && { since: content(since) }), content: content(state) });
    this.open += 1;
    return {
      kind: "sent",
      bytes: async () => words.length,
      async *stream() {
        yield Buffer.from(words);
      },
      [Symbol.asyncDispose]: async () => {
        this.open -= 1;
      },
    };
  }

  receive(request: Request): StateReceiver {
    const kept = new Map<SnapshotId, string>();
    let disposed = false;
    return {
      take: async (stream, snapshot) => {
        await new Promise(setImmediate);
        if (disposed) throw new Error("what is to receive it was disposed of");
        const { since, content } = JSON.parse(await text(stream)) as { since?: string; content: string };
        if (since !== undefined && since !== [...kept.values()].at(-1)) {
          throw new LodgeError({ code: "backup_invalid", message: "It goes on from what has not come." });
        }
        if (snapshot !== undefined) kept.set(snapshot, content);
        else await this.#streaming.make(request, content, kept);
      },
      [Symbol.asyncDispose]: async () => {
        disposed = true;
      },
    };
  }
}
