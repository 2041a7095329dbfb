import { z } from "zod";
import { governorSchema } from "./governor.ts";
import { configSchema } from "./primitives.ts";

/** One fact about the host that Lodge found, and what it costs when it is missing. */
export const hostFindingSchema = z.object({
  /** `kvm`, `cgroup`, `project-quota`, `qemu`… */
  name: z.string(),
  ok: z.boolean(),
  /** What was found, in words. */
  detail: z.string(),
});
export type HostFinding = z.infer<typeof hostFindingSchema>;

/** `GET /1.0/lodge/host` (extension `lodge_host_info`). */
export const hostInfoSchema = z.object({
  kernel: z.string(),
  architecture: z.string(),
  os: z.string(),
  cpus: z.int(),
  /** Bytes. */
  memory_total: z.number(),
  memory_available: z.number(),
  accelerator: z.enum(["kvm", "tcg"]),
  /** Why this accelerator: what the probe saw. */
  accelerator_reason: z.string(),
  cgroup: z.enum(["v1", "v2", "hybrid"]),
  lodge_dir: z.string(),
  version: z.string(),
  pid: z.int(),
  findings: z.array(hostFindingSchema),
  /** How the host's memory is divided (extension `lodge_governor`). */
  governor: governorSchema.omit({ instances: true }).optional(),
});
export type HostInfo = z.infer<typeof hostInfoSchema>;

/** `PUT /1.0` replaces all of it; `PATCH` joins it with what is there, and the empty string unsets. */
export const serverPutSchema = z.object({ config: configSchema.nullish() });
export type ServerPut = z.infer<typeof serverPutSchema>;

/** `GET /1.0`. */
export const serverSchema = z.object({
  api_extensions: z.array(z.string()),
  api_status: z.string(),
  api_version: z.string(),
  auth: z.string(),
  auth_methods: z.array(z.string()),
  /** Who the caller is: a certificate's fingerprint; empty by the socket. Missing for strangers. */
  auth_user_name: z.string().optional(),
  auth_user_method: z.enum(["unix", "tls"]).optional(),
  public: z.boolean(),
  config: configSchema,
  environment: z.record(z.string(), z.unknown()),
});
export type Server = z.infer<typeof serverSchema>;
