/** Every failure of a request becomes one envelope here. */
import { asLodgeError, httpStatus, LodgeError } from "@lodge/api";
import type { Log } from "@lodge/core";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { failure } from "./envelope.ts";

export function sendFailure(log: Log, thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = presentable(thrown);
  if (error.kind === "internal") {
    log.error({ method: request.method, url: request.url, err: error.cause ?? error }, "request failed");
  }
  reply
    .code(httpStatus[error.kind])
    .type("application/json; charset=utf-8")
    .send(JSON.stringify(failure(error)));
}

/** What may be told to a client: what was thrown unforeseen is for the log alone. */
export function presentable(thrown: unknown): LodgeError {
  if (thrown instanceof LodgeError) return thrown;
  const status = (thrown as Partial<FastifyError> | null)?.statusCode;
  if (thrown instanceof Error && status !== undefined && status >= 400 && status < 500) {
    return new LodgeError({
      code: "request_invalid",
      message: `The request is refused: ${thrown.message}.`,
      cause: thrown,
    });
  }
  const error = asLodgeError(thrown);
  if (error.kind !== "internal") return error;
  return new LodgeError({
    code: "internal",
    message: "A fault of Lodge itself; the daemon's log has the details.",
    cause: thrown,
  });
}

export function routeNotFound(request: FastifyRequest): never {
  const [path] = request.url.split("?", 1);
  throw new LodgeError({
    code: "request_not_found",
    message: `The API has no ${request.method} ${path}; see docs/reference/api.md.`,
  });
}

/** For what LXD's API has and this version of Lodge has not. */
export function notSupported(what: string): never {
  throw new LodgeError({ code: "not_supported", message: `${what} is not supported by this version of Lodge.` });
}
