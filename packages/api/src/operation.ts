import { z } from "zod";

export const operationClassSchema = z.enum(["task", "websocket", "token"]);
export type OperationClass = z.infer<typeof operationClassSchema>;

/** Slow work, as clients see it: progress, result and error in one object. */
export const operationSchema = z.object({
  id: z.uuid(),
  class: operationClassSchema,
  /** What is done, in words: "Creating instance". */
  description: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  status: z.string(),
  /** 103 running, 105 pending, 200 success, 400 failure, 401 cancelled. Final from 200 on. */
  status_code: z.int(),
  /** What it works on, by noun: `{instances: ["/1.0/instances/x"]}`. */
  resources: z.record(z.string(), z.array(z.string())),
  /** Result and progress; `*_progress` values are strings. For exec and console: `fds`. */
  metadata: z.record(z.string(), z.unknown()),
  may_cancel: z.boolean(),
  /** Empty, or what went wrong. */
  err: z.string(),
  /** Lodge's error code (`instance_start_failed`) beside `err`; empty when there is none. */
  err_code: z.string().default(""),
  /** Member of a cluster that runs it; `none` on a single host. */
  location: z.string(),
});
export type Operation = z.infer<typeof operationSchema>;
