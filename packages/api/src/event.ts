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
  project: z.string().default("default"),
});
export type Event = z.infer<typeof eventSchema>;

/** `metadata` of a lifecycle event. */
export const lifecycleSchema = z.object({
  /** `instance-started`, `instance-shutdown`, `image-created`… (LXD's names). */
  action: z.string(),
  /** `/1.0/instances/web` */
  source: z.string(),
  context: z.record(z.string(), z.unknown()).optional(),
});
export type Lifecycle = z.infer<typeof lifecycleSchema>;
