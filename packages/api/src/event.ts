import { z } from "zod";

export const eventTypeSchema = z.enum(["operation", "lifecycle", "logging"]);
export type EventType = z.infer<typeof eventTypeSchema>;

/** One frame of `GET /1.0/events`. */
export const eventSchema = z.object({
  type: eventTypeSchema,
  /** RFC 3339 with sub-second digits. */
  timestamp: z.string(),
  /** An Operation, a Lifecycle or a log entry, by `type`. */
  metadata: z.unknown(),
  location: z.string().default("none"),
  /** Empty: of the daemon itself, for listeners of all projects. */
  project: z.string().default("default"),
});
export type Event = z.infer<typeof eventSchema>;

/** `metadata` of a logging event: a line of the daemon's log. */
export const logEntrySchema = z.object({
  level: z.enum(["debug", "info", "warning", "error"]),
  message: z.string(),
  /** `{"instance": "web"}`; an error as what it says. */
  context: z.record(z.string(), z.string()),
});
export type LogEntry = z.infer<typeof logEntrySchema>;

/** Who asked for what happened, as LXD says it. */
export const requestorSchema = z.object({
  /** Of a client by HTTPS, its certificate's fingerprint; empty by the socket. */
  username: z.string(),
  protocol: z.enum(["unix", "tls"]),
  /** `192.0.2.7:49152`; `@` by the socket. */
  address: z.string(),
});
export type Requestor = z.infer<typeof requestorSchema>;

/** `metadata` of a lifecycle event. */
export const lifecycleSchema = z.object({
  /** `instance-started`, `instance-shutdown`, `image-created`… (LXD's names). */
  action: z.string(),
  /** `/1.0/instances/web` */
  source: z.string(),
  context: z.record(z.string(), z.unknown()).optional(),
  /** Missing where nobody asked: a guest powered itself off, a snapshot expired. */
  requestor: requestorSchema.optional(),
});
export type Lifecycle = z.infer<typeof lifecycleSchema>;
