import { LodgeError } from "@lodge/api/errors";
import { startReused } from "../../../system/filter.ts";

/** The stream of a read-only subvolume, in what it differs from another one. A piece is what it is until the next is asked for. */
export async function* sendSubvolume(tree: string, parent: string | undefined): AsyncGenerator<Buffer, void> {
  const since = parent === undefined ? [] : ["-p", parent];
  await using sending = startReused({ command: ["btrfs", "send", "--quiet", ...since, tree], failure: sendFailure });
  yield* sending.output;
  await sending.done;
}

function sendFailure(words: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "pool_failed", message: `It cannot be sent: ${words}.`, cause });
}
