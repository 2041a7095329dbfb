import { z } from "zod";

/** What is kept of an instance; units as in its usage (`usage.ts`). */
export const instanceSeries = [
  "cpu",
  "memory_used",
  "memory_target",
  "memory_demand",
  "disk_read",
  "disk_written",
  "network_received",
  "network_sent",
  "pressure_memory",
  "processes",
] as const;
export type InstanceSeries = (typeof instanceSeries)[number];

/** What is kept of the host. `instances`: how many run. */
export const hostSeries = [
  "cpu",
  "memory_used",
  "load",
  "pressure_cpu",
  "pressure_memory",
  "pressure_io",
  "instances",
] as const;
export type HostSeries = (typeof hostSeries)[number];

/** Seconds between the points that are kept. */
export const historyStep = 5;
/** Seconds for which they are. */
export const historyLength = 3600;

/** `?since=` leaves out what is older. `?step=` seconds are one point, the mean of those that are kept; a multiple of 5. */
export const historyQuerySchema = z.object({
  since: z.iso.datetime({ offset: true }).optional(),
  step: z.coerce.number().int().min(historyStep).max(historyLength).multipleOf(historyStep).default(historyStep),
});
export type HistoryQuery = z.infer<typeof historyQuerySchema>;

const points = z.array(z.number().nullable());

const historyOf = <Name extends string>(names: readonly Name[]) =>
  z.object({
    /** RFC 3339: when the first point's time begins. */
    start: z.string(),
    /** Seconds between points. */
    step: z.int(),
    /** Equally long; null where it did not run, or where it cannot be known. */
    series: z.object(Object.fromEntries(names.map((name) => [name, points])) as Record<Name, typeof points>),
  });

/** `GET /1.0/instances/NAME/history` (extension `lodge_history`): the last hour. */
export const instanceHistorySchema = historyOf(instanceSeries);
export type InstanceHistory = z.infer<typeof instanceHistorySchema>;

/** `GET /1.0/history` (extension `lodge_history`): the same of the host. */
export const hostHistorySchema = historyOf(hostSeries);
export type HostHistory = z.infer<typeof hostHistorySchema>;
