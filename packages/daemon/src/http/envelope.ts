/** The three shapes of an answer. */
import { type AsyncEnvelope, type ErrorEnvelope, httpStatus, type LodgeError, type SyncEnvelope } from "@lodge/api";
import type { RunningOperation } from "@lodge/core";
import type { FastifyReply } from "fastify";

/** 200 with the answer. */
export function sync<T>(metadata: T): SyncEnvelope<T> {
  return { type: "sync", status: "Success", status_code: 200, operation: "", error_code: 0, error: "", metadata };
}

/** 200 for a change that is done and has nothing to say. */
export function done(): SyncEnvelope<object> {
  return sync({});
}

/** 201: the new object is at `location`. */
export function created(reply: FastifyReply, location: string): SyncEnvelope<object> {
  reply.code(201).header("location", location);
  return done();
}

/** 202: the operation goes on. */
export function accepted(reply: FastifyReply, operation: RunningOperation): AsyncEnvelope {
  const url = `/1.0/operations/${operation.id}`;
  reply.code(202).header("location", url);
  return {
    type: "async",
    status: "Operation created",
    status_code: 100,
    operation: url,
    error_code: 0,
    error: "",
    metadata: operation.render(),
  };
}

export function failure(error: LodgeError): ErrorEnvelope {
  return {
    type: "error",
    status: "",
    status_code: 0,
    operation: "",
    error: error.message,
    error_code: httpStatus[error.kind],
    metadata: { code: error.code },
  };
}
