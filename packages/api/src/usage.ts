import { z } from "zod";
import { instanceTypeSchema } from "./primitives.ts";

/** Null: it cannot be known, or not yet. */
const figure = z.number().nullable();

/** Percent of the last seconds in which something waited for a resource. */
const pressureSchema = z.object({ cpu: figure, memory: figure, io: figure });

/** What an instance that runs uses. Rates are bytes a second. */
export const instanceUsageSchema = z.object({
  name: z.string(),
  project: z.string(),
  type: instanceTypeSchema,
  /** Running, Frozen or Error. */
  status: z.string(),
  /** Percent of one processor: 200 is two of them. */
  cpu: figure,
  memory: z.object({
    /** Bytes of the host that it holds. */
    used: z.number(),
    /** Bytes that it may have at most. */
    total: z.number(),
    /** What the governor lets it have now, and what it needs. */
    target: figure,
    demand: figure,
  }),
  disk: z.object({ read: figure, written: figure }),
  network: z.object({ received: figure, sent: figure }),
  pressure: pressureSchema,
  processes: figure,
});
export type InstanceUsage = z.infer<typeof instanceUsageSchema>;

export const hostUsageSchema = z.object({
  /** Percent of one processor. */
  cpu: figure,
  cpus: z.int(),
  /** Bytes. */
  memory: z.object({ used: z.number(), total: z.number(), available: z.number() }),
  /** Processes that want a processor or a disk, as an average of a minute. */
  load: z.number(),
  pressure: pressureSchema,
});
export type HostUsage = z.infer<typeof hostUsageSchema>;

/** `GET /1.0/usage` (extension `lodge_usage`): what runs, sorted by project and name. */
export const usageSchema = z.object({
  timestamp: z.string(),
  /** Over how many seconds rates are; null: there is nothing yet to compare with. */
  interval: figure,
  /** Null: not for this caller. */
  host: hostUsageSchema.nullable(),
  instances: z.array(instanceUsageSchema),
});
export type Usage = z.infer<typeof usageSchema>;
