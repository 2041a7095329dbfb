import { z } from "zod";
import { configSchema } from "./primitives.ts";

export const networkSchema = z.object({
  name: z.string(),
  description: z.string(),
  type: z.string(),
  managed: z.boolean(),
  status: z.string(),
  config: configSchema,
  /** URLs of instances, profiles and networks that name it. */
  used_by: z.array(z.string()),
  locations: z.array(z.string()),
});
export type Network = z.infer<typeof networkSchema>;

/** `POST /1.0/networks`. */
export const networkCreateSchema = z.object({
  name: z.string(),
  description: z.string().default(""),
  /** Only bridges can be made. */
  type: z.string().default("bridge"),
  config: configSchema.nullish(),
});
export type NetworkCreate = z.input<typeof networkCreateSchema>;

/** `PUT` and `PATCH /1.0/networks/NAME`. What `PUT` leaves out is emptied, what `PATCH` leaves out is kept. */
export const networkPutSchema = z.object({ description: z.string().optional(), config: configSchema.nullish() });
export type NetworkPut = z.infer<typeof networkPutSchema>;

/** `POST /1.0/networks/NAME`: another name. */
export const networkRenameSchema = z.object({ name: z.string() });

export const networkLeaseSchema = z.object({
  hostname: z.string(),
  hwaddr: z.string(),
  address: z.string(),
  /** `static`: asked for by the nic; `dynamic`: chosen by the daemon. Neither changes while the nic exists. */
  type: z.enum(["static", "dynamic"]),
  location: z.string(),
});
export type NetworkLease = z.infer<typeof networkLeaseSchema>;

/** `GET /1.0/networks/NAME/state`: all of it observed. */
export const networkStateSchema = z.object({
  addresses: z.array(
    z.object({
      family: z.enum(["inet", "inet6"]),
      address: z.string(),
      /** The prefix length. */
      netmask: z.string(),
      scope: z.enum(["global", "link", "local"]),
    }),
  ),
  /** As the bridge sees them: what it received, instances and the host sent to it. */
  counters: z.object({
    bytes_received: z.number(),
    bytes_sent: z.number(),
    packets_received: z.number(),
    packets_sent: z.number(),
  }),
  hwaddr: z.string(),
  mtu: z.int(),
  state: z.enum(["up", "down"]),
  type: z.string(),
  bridge: z
    .object({
      id: z.string(),
      stp: z.boolean(),
      forward_delay: z.int(),
      vlan_default: z.int(),
      vlan_filtering: z.boolean(),
      /** Interfaces of instances on the bridge. */
      upper_devices: z.array(z.string()),
    })
    .nullable(),
});
export type NetworkState = z.infer<typeof networkStateSchema>;
