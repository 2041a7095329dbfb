import {
  type Config,
  type ConfigKey,
  type Devices,
  findConfigKey,
  formatCpuSet,
  type InstanceType,
  LodgeError,
  parseCpuLimit,
  parseMemory,
} from "@lodge/api";
import type { ProfileRecord } from "../store.ts";
import { checkRequirements } from "./requirements.ts";

export interface HostCapacity {
  readonly cpus: number;
  /** Their numbers; missing: from 0 up. */
  readonly cpuNumbers?: readonly number[];
  /** Bytes. */
  readonly memory: number;
  /** Whether instances may have keys that go past Lodge: `raw.…`. */
  readonly raw?: boolean;
}

/** Refuses unknown keys, wrong values and limits beyond the host. `owner` names the object in messages: `instance web`. */
export function checkConfig(owner: string, type: InstanceType, config: Config, host: HostCapacity): void {
  for (const [key, value] of Object.entries(config)) {
    const known = checkEntry(owner, key, value);
    if (!known.types.includes(type)) {
      throw new LodgeError({
        code: "config_key_unknown",
        message: `Configuration key "${key}" does not apply to ${owner}, which is a ${type}; it is for ${known.types.join(", ")}.`,
      });
    }
  }
  checkRequirements(owner, type, config);
  checkRaw(owner, config, host);
  checkCapacity(owner, config, host);
}

/** What a profile may say, whatever instances use it: known keys and fitting values, and nothing that is one instance's own. */
export function checkProfileConfig(owner: string, config: Config): void {
  for (const [key, value] of Object.entries(config)) {
    if (checkEntry(owner, key, value).volatile) throw volatileKey(owner, key);
  }
}

function checkEntry(owner: string, key: string, value: string): ConfigKey {
  const known = findConfigKey(key);
  if (!known) {
    throw new LodgeError({
      code: "config_key_unknown",
      message: `Unknown configuration key "${key}" on ${owner}; "lodge config keys" shows those that there are.`,
    });
  }
  const problem = value === "" ? undefined : known.check(value);
  if (problem) {
    throw new LodgeError({
      code: "config_value_invalid",
      message: `Value "${value}" of "${key}" on ${owner} ${problem}.`,
    });
  }
  return known;
}

/** Keys that go past Lodge, where whoever started the daemon has not allowed them. */
export function checkRaw(owner: string, config: Config, host: HostCapacity): void {
  const key = Object.keys(config).find((name) => name.startsWith("raw.") && config[name]);
  if (key === undefined || host.raw) return;
  throw new LodgeError({
    code: "raw_forbidden",
    message: `Key "${key}" of ${owner} goes past Lodge and is not allowed on this host; start lodged with LODGE_ALLOW_RAW=1, or unset it.`,
  });
}

/** Memory or CPUs that the host does not have, and a guarantee of more than there may be. */
export function checkCapacity(owner: string, config: Config, host: HostCapacity): void {
  const memory = parseMemory(config["limits.memory"] ?? "", host.memory);
  const least = parseMemory(config["limits.memory.min"] ?? "", host.memory);
  const exceeds = (message: string) => new LodgeError({ code: "limit_exceeds_host", message: `${message}; lower it.` });
  const most = `the host's ${mebibytes(host.memory)} MiB`;
  if (memory !== undefined && memory > host.memory) {
    throw exceeds(`limits.memory=${config["limits.memory"]} on ${owner} is more than ${most}`);
  }
  if (least !== undefined && least > host.memory) {
    throw exceeds(`limits.memory.min=${config["limits.memory.min"]} on ${owner} is more than ${most}`);
  }
  if (least !== undefined && least > (memory ?? host.memory)) {
    throw new LodgeError({
      code: "config_value_invalid",
      message: `limits.memory.min=${config["limits.memory.min"]} on ${owner} is more than its limits.memory=${config["limits.memory"]}.`,
    });
  }
  checkProcessors(owner, config["limits.cpu"] ?? "", host);
}

function checkProcessors(owner: string, value: string, { cpus, cpuNumbers }: HostCapacity): void {
  const limit = parseCpuLimit(value);
  if (!limit) return;
  if ("count" in limit) {
    if (limit.count <= cpus) return;
    throw new LodgeError({
      code: "limit_exceeds_host",
      message: `limits.cpu=${value} on ${owner} is more than the host's ${cpus} CPUs; lower it.`,
    });
  }
  const there = cpuNumbers ?? Array.from({ length: cpus }, (_, number) => number);
  const strange = limit.set.filter((number) => !there.includes(number));
  if (strange.length === 0) return;
  throw new LodgeError({
    code: "limit_exceeds_host",
    message: `limits.cpu=${value} on ${owner} names CPU ${formatCpuSet(strange)}, which the host does not have: it has ${formatCpuSet(there)}.`,
  });
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20);

/** Profiles in their order, then the instance's own configuration; the empty string unsets. */
export function expandConfig(profiles: readonly ProfileRecord[], own: Config): Config {
  const merged = Object.assign({}, ...profiles.map((p) => p.config), own) as Config;
  if (!Object.values(merged).includes("")) return merged;
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""));
}

/** As `expandConfig`; a device of type `none` takes away one that a profile gives. */
export function expandDevices(profiles: readonly ProfileRecord[], own: Devices): Devices {
  const merged = Object.assign({}, ...profiles.map((p) => p.devices), own) as Devices;
  if (Object.values(merged).every((device) => device["type"] !== "none")) return merged;
  return Object.fromEntries(Object.entries(merged).filter(([, device]) => device["type"] !== "none"));
}

const uuidKey = "volatile.uuid";
const refreshedFrom = "volatile.refreshed_from";

/**
 * What a client asks for, with the keys that the daemon owns as they are. A client may send them back or leave them out; another
 * value is refused. Of the configuration, identity included, of the instance that this one was refreshed from they are left aside: LXD's
 * client sends that at the end of a refresh.
 */
export function withOwnVolatile(owner: string, requested: Config, record: Config): Config {
  const isVolatile = ([key]: [string, string]) => findConfigKey(key)?.volatile === true;
  const wrong = Object.entries(requested).find((entry) => isVolatile(entry) && record[entry[0]] !== entry[1]);
  if (wrong && !isAnothers(requested, record)) throw volatileKey(owner, wrong[0]);
  const free = Object.entries(requested).filter((entry) => !isVolatile(entry));
  return Object.fromEntries([...free, ...Object.entries(record).filter(isVolatile)]);
}

function isAnothers({ [uuidKey]: uuid }: Config, record: Config): boolean {
  return uuid !== undefined && uuid === record[refreshedFrom];
}

/** Notes the identity of an instance that another one has become a copy of. */
export function asRefreshed(config: Config, from: string | undefined): Config {
  const { [refreshedFrom]: _earlier, ...rest } = config;
  return from === undefined || !uuidForm.test(from) ? rest : { ...rest, [refreshedFrom]: from };
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the daemon noted of a device is forgotten with it: `volatile.DEVICE.…` of devices that are not there (any more). */
export function withoutStrangers(config: Config, devices: Devices): Config {
  const notes = /^volatile\.(.+)\.(hwaddr|ipv4_address|index|format)$/;
  return Object.fromEntries(
    Object.entries(config).filter(([key]) => {
      const device = notes.exec(key)?.[1];
      return device === undefined || Object.hasOwn(devices, device);
    }),
  );
}

export function volatileKey(owner: string, key: string): LodgeError {
  return new LodgeError({
    code: "config_key_readonly",
    message: `Key "${key}" on ${owner} is the daemon's own note and cannot be set; leave it out.`,
  });
}
