import { ask, type WebRequest } from "./ask.ts";
import { paced } from "./paced.ts";
import { unreachable, untrue } from "./web-error.ts";

export interface WebText {
  readonly text: string;
  /** What makes the next request a question whether this is still so. */
  readonly validators: Readonly<Record<string, string>>;
}

/** A text of at most `limit` bytes. Undefined: it is still what `validators` say. `image_server_unreachable`, `image_server_invalid`. */
export async function readText(
  request: WebRequest,
  limit: number,
  validators: Readonly<Record<string, string>> = {},
): Promise<WebText | undefined> {
  const { url } = request;
  const { status, headers, body } = await ask({ ...request, headers: { ...request.headers, ...validators } });
  if (status === 304) {
    body.destroy();
    return undefined;
  }
  if (status !== 200) {
    body.destroy();
    throw unreachable(url, `it answers ${status} for ${url.pathname}`);
  }
  const pieces: Buffer[] = [];
  try {
    const failures = { slow: (why: string) => unreachable(url, why), long: (why: string) => untrue(url, why) };
    for await (const piece of paced(body, limit, failures)) pieces.push(piece);
  } catch (error) {
    request.signal.throwIfAborted();
    throw brokenOff(url, error);
  }
  const { etag, "last-modified": modified } = headers;
  return {
    text: Buffer.concat(pieces).toString("utf8"),
    validators: { ...(etag && { "if-none-match": etag }), ...(modified && { "if-modified-since": modified }) },
  };
}

function brokenOff(url: URL, error: unknown): unknown {
  const { code } = error as { code?: string };
  return code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE"
    ? unreachable(url, "it broke off", error)
    : error;
}
