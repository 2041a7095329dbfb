import { text } from "node:stream/consumers";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceId } from "../../instances/driver.ts";
import type { RootRequest } from "../pool.ts";
import type { SnapshotId, SnapshotOf } from "../snapshots.ts";
import type { RootReceiver, RootState, RootStreams, SentState } from "../streams.ts";

/** What of a fake pool streams are made of. */
interface Sending {
  readonly contents: Map<InstanceId, string>;
  readonly snapshots: {
    readonly kept: Map<InstanceId, Map<SnapshotId, string>>;
    content(of: SnapshotOf): string;
  };
  createRoot(request: RootRequest): Promise<void>;
}

/** Streams as JSON: what there was before, and what there is. */
export class FakeStreams implements RootStreams {
  /** What was sent and is not disposed of. */
  open = 0;
  readonly #pool: Sending;

  constructor(pool: Sending) {
    this.#pool = pool;
  }

  async send(state: RootState, since?: RootState): Promise<SentState> {
    const words = JSON.stringify({ ...(since && { since: this.#content(since) }), content: this.#content(state) });
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

  receive(request: RootRequest): RootReceiver {
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
        if (snapshot !== undefined) return void kept.set(snapshot, content);
        await this.#pool.createRoot(request);
        this.#pool.contents.set(request.id, content);
        if (kept.size > 0) this.#pool.snapshots.kept.set(request.id, kept);
      },
      [Symbol.asyncDispose]: async () => {
        disposed = true;
      },
    };
  }

  #content({ root, snapshot }: RootState): string {
    if (snapshot === undefined) return this.#pool.contents.get(root) ?? "";
    return this.#pool.snapshots.content({ root, snapshot });
  }
}
