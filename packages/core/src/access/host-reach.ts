import { isTrue } from "@lodge/api";

/** What of a request's body can reach the host; each part may be missing, or be nothing of the sort. */
export interface Asked {
  readonly config?: unknown;
  readonly devices?: unknown;
}

type Words = Readonly<Record<string, unknown>>;

/**
 * Names what would let an instance reach the host or its neighbours: what a restricted caller may not ask for, as LXD blocks it in
 * restricted projects. Undefined: nothing does. What is not known is refused.
 */
export function hostReach({ config, devices }: Asked): string | undefined {
  for (const [key, value] of entries(config)) if (keyReaches(key, value)) return `${key}=${value}`;
  for (const [name, device] of entries(devices)) {
    const why = deviceReaches(device);
    if (why !== undefined) return `device ${name} (${why})`;
  }
  return undefined;
}

function keyReaches(key: string, value: unknown): boolean {
  if (key.startsWith("raw.")) return value !== "";
  if (!["security.privileged", "security.nesting"].includes(key)) return false;
  return typeof value !== "string" || isTrue(value);
}

const filters = ["security.mac_filtering", "security.ipv4_filtering", "security.ipv6_filtering"];

function deviceReaches(device: unknown): string | undefined {
  const settings = Object.fromEntries(entries(device));
  const { type } = settings;
  // Of a profile's device only what changes may be given.
  if (type === undefined && Object.keys(settings).length === 0) return undefined;
  if (type === "none" || type === "tpm") return undefined;
  if (type === "disk") return diskReaches(settings);
  if (type === "nic") return nicReaches(settings);
  return `type=${String(type)}`;
}

/** Volumes and roots lie in pools; every other source is a path of the host. */
function diskReaches({ source, pool }: Words): string | undefined {
  if (source === undefined || source === "" || (pool !== undefined && pool !== "")) return undefined;
  return source === "cloud-init:config" ? undefined : `source=${String(source)}`;
}

function nicReaches(settings: Words): string | undefined {
  for (const key of ["nictype", "parent"]) if (settings[key]) return `${key}=${String(settings[key])}`;
  const open = filters.find((key) => settings[key] !== undefined && settings[key] !== "" && !on(settings[key]));
  return open === undefined ? undefined : `${open}=${String(settings[open])}`;
}

const on = (value: unknown): boolean => typeof value === "string" && isTrue(value);

function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
