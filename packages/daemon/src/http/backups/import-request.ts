import type { IncomingHttpHeaders } from "node:http";
import { configSchema, type Devices, devicesSchema, LodgeError } from "@lodge/api";
import type { InstanceImport } from "@lodge/core";
import { headerOf } from "../file-headers.ts";

/**
 * What a client says of a backup that it sends: `X-LXD-name`, `-pool`, `-onto` (Lodge's own: the instance that an increment goes into), and, as queries of a URL, `X-Incus-config`
 * (`limits.cpu=2&user.a=b`) and `-devices` (a query for each: `root=size%3D20GiB`). `request_invalid`.
 */
export function parseImportHeaders(headers: IncomingHttpHeaders): InstanceImport {
  const name = headerOf(headers, "name");
  const pool = headerOf(headers, "pool");
  const config = headerOf(headers, "config");
  const devices = headerOf(headers, "devices");
  const onto = headerOf(headers, "onto");
  return {
    ...(name && { name }),
    ...(pool && { pool }),
    ...(onto && { onto }),
    ...(config && { config: parsed("config", configSchema, queryOf(config)) }),
    ...(devices && { devices: devicesOf(devices) }),
  };
}

const queryOf = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

function devicesOf(text: string): Devices {
  const devices = Object.entries(queryOf(text)).map(([name, query]) => [name, queryOf(query)] as const);
  return parsed("devices", devicesSchema, Object.fromEntries(devices));
}

function parsed<T>(
  name: string,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error } },
  value: unknown,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new LodgeError({
    code: "request_invalid",
    message: `The header X-LXD-${name} does not say what it should: ${result.error.message}`,
    cause: result.error,
  });
}
