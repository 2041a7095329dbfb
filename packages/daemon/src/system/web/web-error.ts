import { LodgeError } from "@lodge/api/errors";

/** The server is not there, or does not do what a server must. */
export function unreachable(url: URL, why: string, cause?: unknown): LodgeError {
  return new LodgeError({
    code: "image_server_unreachable",
    message: `The image server ${url.origin} cannot be used: ${why}.`,
    cause,
  });
}

/** What it sent is not what it says that it is: nothing of it is kept. */
export function untrue(url: URL, why: string, cause?: unknown): LodgeError {
  return new LodgeError({
    code: "image_server_invalid",
    message: `The image server ${url.origin} is refused: ${why}. Nothing was kept.`,
    cause,
  });
}

const problems: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name cannot be found out now",
  ETIMEDOUT: "nobody answers",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ECONNRESET: "it closed the connection",
  EPIPE: "it closed the connection",
  EPROTO: "it does not speak TLS",
};

const unvouched =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH)/;

/** What a failed connection means. */
export function webError(url: URL, cause: unknown): LodgeError {
  if (cause instanceof LodgeError) return cause;
  return unreachable(url, connectionProblem(cause), cause);
}

/** Why there is no connection, in words. */
export function connectionProblem(cause: unknown): string {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  if (unvouched.test(code))
    return "its certificate is not the one that is expected, or nobody whom this host trusts vouches for it";
  return problems[code] ?? message;
}
