import type { AsyncEnvelope, ErrorEnvelope, SyncEnvelope } from "@lodge/api";
import { type ErrorCode, errorCodes, LodgeError } from "@lodge/api/errors";
import type { HttpResponse } from "./transport.ts";

/** A daemon's answer, decoded. */
export type Answer<T> = SyncEnvelope<T> | AsyncEnvelope;

/** Reads the envelope of an answer; errors are thrown. */
export async function decode<T>(response: HttpResponse): Promise<Answer<T>> {
  if (response.status >= 400) throw await answerError(response);
  const text = await readText(response);
  try {
    return JSON.parse(text) as Answer<T>;
  } catch (cause) {
    throw new LodgeError({ code: "internal", message: `lodged answered with no JSON: ${text.slice(0, 200)}`, cause });
  }
}

/** The LodgeError of an error answer: Lodge's own code where it is known here, else one that fits the HTTP status. */
export async function answerError(response: HttpResponse): Promise<LodgeError> {
  const text = await readText(response);
  const envelope = parseEnvelope(text);
  const code = knownCode(envelope?.metadata?.code) ?? codeOfStatus(response.status);
  return new LodgeError({
    code,
    message: envelope?.error || `lodged answered ${response.status}: ${text.slice(0, 200)}`,
  });
}

/** The code, unless a newer daemon made it. */
export function knownCode(code: string | undefined): ErrorCode | undefined {
  return code !== undefined && Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : undefined;
}

/** For daemons whose codes are unknown here: only the kind of the code, which follows from the status, is meant. */
function codeOfStatus(status: number): ErrorCode {
  return codesByStatus[status] ?? (status < 500 ? "request_invalid" : "internal");
}
const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  401: "permission_denied",
  403: "permission_denied",
  404: "request_not_found",
  409: "instance_wrong_state",
  412: "etag_mismatch",
  501: "not_supported",
  503: "daemon_unreachable",
  504: "timed_out",
  507: "pool_full",
};

function parseEnvelope(text: string): Partial<ErrorEnvelope> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Without a stream of Node: browsers have none. */
async function readText({ body }: HttpResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body as AsyncIterable<Uint8Array>) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}
