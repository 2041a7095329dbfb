import { z } from "zod";

/** A DNS label: what instances are named by, so that the name can be their host name as well. */
export const instanceNameSchema = z
  .string()
  .regex(
    /^[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/,
    "must be a DNS label: 1 to 63 letters, digits or hyphens, starting with a letter, not ending with a hyphen",
  );

/** SHA-256 in lower-case hexadecimal, as LXD computes it over an image's files. */
export const fingerprintSchema = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits");
/** RFC 3339; `0001-01-01T00:00:00Z` means "never". */
export const timestampSchema = z.string();
export const zeroTime = "0001-01-01T00:00:00Z";

/** Configuration: flat, string to string. Never null on the wire. */
export const configSchema = z.record(z.string(), z.string());
export type Config = z.infer<typeof configSchema>;

/** Devices by name; each is a flat map with at least `type`. */
export const devicesSchema = z.record(z.string(), z.record(z.string(), z.string()));
export type Devices = z.infer<typeof devicesSchema>;

export const instanceTypeSchema = z.enum(["container", "virtual-machine"]);
export type InstanceType = z.infer<typeof instanceTypeSchema>;
