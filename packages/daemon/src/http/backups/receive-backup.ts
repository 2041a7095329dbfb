/** A `POST` with a backup as its body: an instance or a volume is made of it while it comes. */
import { PassThrough, type Readable } from "node:stream";
import { LodgeError } from "@lodge/api";
import type { RunningOperation } from "@lodge/core";

/** Milliseconds that a client has to send more, before the import is given up. */
const patience = 600_000;

/**
 * Resolves when all of the body has been read: clients of Go's stop sending when they are answered before. What is refused is read to its
 * end too, so that the client hears of it.
 */
export async function receiveBackup(
  body: Readable,
  begin: (stream: Readable) => Promise<RunningOperation>,
): Promise<RunningOperation> {
  const stream = new PassThrough({ highWaterMark: 1 << 20 });
  const read = new Promise<void>((resolve) => void body.once("end", resolve).once("error", () => resolve()));
  // Not by a pipeline: what ends the one must not end the other, through which the client is answered.
  body.once("error", (error) => stream.destroy(error));
  body.once("close", () => body.readableEnded || stream.destroy(new Error("the client has gone")));
  stream.once("close", () => body.unpipe(stream).resume());
  const quiet = setTimeout(() => stream.destroy(silent()), patience);
  body.on("data", () => quiet.refresh());
  body.pipe(stream);
  try {
    const operation = await begin(stream);
    void operation.done.then(() => stream.destroy());
    await read;
    return operation;
  } catch (error) {
    stream.destroy();
    await read;
    throw error;
  } finally {
    clearTimeout(quiet);
  }
}

function silent(): LodgeError {
  return new LodgeError({ code: "timed_out", message: `Nothing of the backup came for ${patience / 1000} s.` });
}
