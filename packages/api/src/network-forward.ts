import { z } from "zod";
import { configSchema } from "./primitives.ts";

/** Ports as LXD writes them: numbers and ranges FIRST-LAST, separated by commas. */
const portsSchema = z.string();

export const networkForwardPortSchema = z.object({
  description: z.string().default(""),
  protocol: z.enum(["tcp", "udp"]),
  listen_port: portsSchema.min(1),
  /** Empty: the same as `listen_port`. Else one for all, or as many. */
  target_port: portsSchema.default(""),
  target_address: z.string(),
});
export type NetworkForwardPort = z.infer<typeof networkForwardPortSchema>;

/** An external address whose traffic goes to instances. */
export const networkForwardSchema = z.object({
  listen_address: z.string(),
  description: z.string(),
  /** Keys: docs/reference/networks.md. */
  config: configSchema,
  ports: z.array(networkForwardPortSchema),
  location: z.string(),
});
export type NetworkForward = z.infer<typeof networkForwardSchema>;

/** `PUT` and `PATCH /1.0/networks/NAME/forwards/ADDRESS`. What `PUT` leaves out is emptied, what `PATCH` leaves out is kept. */
export const networkForwardPutSchema = z.object({
  description: z.string().optional(),
  config: configSchema.nullish(),
  ports: z.array(networkForwardPortSchema).nullish(),
});
export type NetworkForwardPut = z.input<typeof networkForwardPutSchema>;

/** `POST /1.0/networks/NAME/forwards`. */
export const networkForwardCreateSchema = networkForwardPutSchema.extend({ listen_address: z.string() });
export type NetworkForwardCreate = z.input<typeof networkForwardCreateSchema>;
