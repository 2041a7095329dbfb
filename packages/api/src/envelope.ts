import { z } from "zod";
import { operationSchema } from "./operation.ts";

/** `{type:"sync"}`: the answer is in `metadata`. */
export interface SyncEnvelope<T> {
  type: "sync";
  status: "Success";
  status_code: 200;
  operation: "";
  error_code: 0;
  error: "";
  metadata: T;
}

/** `{type:"async"}`: the work goes on as the operation named. */
export const asyncEnvelopeSchema = z.object({
  type: z.literal("async"),
  status: z.literal("Operation created"),
  status_code: z.literal(100),
  /** `/1.0/operations/UUID` */
  operation: z.string(),
  error_code: z.literal(0),
  error: z.literal(""),
  metadata: operationSchema,
});
export type AsyncEnvelope = z.infer<typeof asyncEnvelopeSchema>;

/** `{type:"error"}`: `error_code` is the HTTP status; `code` is Lodge's own stable name of the error. */
export const errorEnvelopeSchema = z.object({
  type: z.literal("error"),
  status: z.literal(""),
  status_code: z.literal(0),
  operation: z.literal(""),
  error: z.string(),
  error_code: z.int(),
  metadata: z.object({ code: z.string() }).optional(),
});
export type ErrorEnvelope = z.infer<typeof errorEnvelopeSchema>;
