/** `POST /1.0/instances` with a backup as its body: an instance is made of it while it comes. */
import type { IncomingHttpHeaders } from "node:http";
import { PassThrough, pipeline, type Readable } from "node:stream";
import { LodgeError } from "@lodge/api";
import type { InstanceService, RunningOperation } from "@lodge/core";
import { parseImportHeaders } from "./import-request.ts";

/** Milliseconds that a client has to send more, before the import is given up. */
const patience = 600_000;

/**
 * Resolves when all of the body has been read: clients of Go's stop sending when they are answered before. What is refused is read to its
 * end too, so that the client hears of it.
 */
export async function receiveBackup(
  instances: Pick<InstanceService, "import">,
  { project, headers }: { readonly project: string; readonly headers: IncomingHttpHeaders },
  body: Readable,
): Promise<RunningOperation> {
  const request = parseImportHeaders(headers);
  const stream = new PassThrough({ highWaterMark: 1 << 20 });
  const received = new Promise<void>((resolve) => {
    pipeline(body, stream, () => resolve());
  });
  const quiet = setTimeout(() => body.destroy(silent()), patience);
  body.on("data", () => quiet.refresh());
  try {
    const operation = await instances.import(project, stream, request);
    // Whoever fails first ends the other.
    await Promise.race([received, operation.done]);
    return operation;
  } finally {
    clearTimeout(quiet);
    stream.destroy();
    body.unpipe();
    body.resume();
  }
}

function silent(): LodgeError {
  return new LodgeError({ code: "timed_out", message: `Nothing of the backup came for ${patience / 1000} s.` });
}
