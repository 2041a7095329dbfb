import { z } from "zod";

export const warningStatuses = ["new", "acknowledged", "resolved"] as const;
export type WarningStatus = (typeof warningStatuses)[number];

export const warningSeverities = ["low", "moderate", "high"] as const;
export type WarningSeverity = (typeof warningSeverities)[number];

/** Trouble that the daemon knows of, as LXD shows it. */
export const warningSchema = z.object({
  uuid: z.uuid(),
  /** `none` on a single host. */
  location: z.string(),
  /** Empty: of the whole server. */
  project: z.string(),
  /** What it is, in words that are the same each time. */
  type: z.string(),
  severity: z.enum(warningSeverities),
  status: z.enum(warningStatuses),
  /** How often it came. */
  count: z.int(),
  /** RFC 3339. */
  first_seen_at: z.string(),
  last_seen_at: z.string(),
  last_message: z.string(),
  /** What it is about; empty: the host. */
  entity_url: z.string(),
});
export type Warning = z.infer<typeof warningSchema>;

/** `PUT` and `PATCH /1.0/warnings/UUID`. What is over resolves by itself. */
export const warningPutSchema = z.object({ status: z.enum(["new", "acknowledged"]) });
export type WarningPut = z.infer<typeof warningPutSchema>;
