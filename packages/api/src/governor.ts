import { z } from "zod";
import { instanceTypeSchema } from "./primitives.ts";

/** What the governor knows of an instance that runs. Bytes, unless it says otherwise. */
export const governedInstanceSchema = z.object({
  name: z.string(),
  project: z.string(),
  type: instanceTypeSchema,
  /** It always may have so much. */
  guarantee: z.number(),
  /** It never may have more: its limit, or what the host has. */
  limit: z.number(),
  /** Its weight where there is not enough for all. */
  shares: z.int(),
  /** What it may have now. */
  target: z.number(),
  used: z.number(),
  /** Of these, what it works with. */
  working_set: z.number(),
  /** Share of the last seconds in which something in it waited for memory, 0 to 1. */
  pressure: z.number(),
  /** Pages a second that had been taken and came back. */
  refaults: z.int(),
  /** Whether it is short of memory. */
  waits: z.boolean(),
  /** Whether the governor lets it stand still, because there was no memory left (extension `lodge_governor_freeze`). */
  frozen: z.boolean(),
});
export type GovernedInstance = z.infer<typeof governedInstanceSchema>;

/** `GET /1.0/governor` (extension `lodge_governor`). Bytes, unless it says otherwise. */
export const governorSchema = z.object({
  mode: z.enum(["off", "observe", "on"]),
  /** How scarce memory is: `high` is plenty. */
  state: z.enum(["high", "soft", "hard", "low"]),
  memory: z.object({
    /** For all instances together. */
    budget: z.number(),
    /** What of it can be had now: others on the host may have taken more. */
    budget_now: z.number(),
    /** How much of the budget limits may promise; missing: any. */
    overcommit: z.number().optional(),
    /** Sum of what those that run are guaranteed. */
    promised: z.number(),
    /** Sum of the limits of those that run and have one. */
    limits: z.number(),
    used: z.number(),
    /** Of these, what lies idle. */
    reclaimable: z.number(),
    /** Share of the last ten seconds in which something on the host waited for memory. */
    pressure: z.number(),
  }),
  /** Those that run, of the projects that the caller may see. */
  instances: z.array(governedInstanceSchema),
});
export type Governor = z.infer<typeof governorSchema>;

export const governorActions = ["grow", "room", "take", "refuse", "state", "freeze", "thaw"] as const;
export type GovernorAction = (typeof governorActions)[number];

export const governedResources = ["memory", "processor"] as const;
export type GovernedResource = (typeof governedResources)[number];

/** A line of `GET /1.0/governor/log` (extension `lodge_governor`): what the governor did and why. */
export const governorLineSchema = z.object({
  /** Rises from line to line, also over restarts of the daemon. */
  id: z.int(),
  /** RFC 3339. */
  timestamp: z.string(),
  /** Empty: of the host. */
  project: z.string(),
  /** As it was called then; empty: the host. */
  instance: z.string(),
  resource: z.enum(governedResources),
  /**
   * `grow`: it may have more; `room`: less, and it has less than that; `take`: less than it has; `refuse`: it was not started; `state`:
   * the host's state changed; `freeze`: it stands still, because there is no memory left; `thaw`: it goes on.
   */
  action: z.enum(governorActions),
  /** Bytes. */
  from: z.number(),
  to: z.number(),
  reason: z.string(),
  /** Only said: the mode was `observe`. */
  observed: z.boolean(),
});
export type GovernorLine = z.infer<typeof governorLineSchema>;
