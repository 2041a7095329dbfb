import { type Config, cloudInitSource, type InstanceType, isTrue, splitList } from "@lodge/api";

type Settings = Readonly<Record<string, string>>;

/** What is to be checked: configuration and devices with what profiles add. */
export interface RestrictedInstance {
  readonly type: InstanceType;
  readonly config: Config;
  readonly devices: Readonly<Record<string, Settings>>;
}

/** What is not allowed, and by which key. */
export interface Violation {
  readonly key: string;
  /** `security.nesting=true`, `device gpu0 (type gpu)` */
  readonly what: string;
}

export const isRestricted = (config: Config): boolean => isTrue(config["restricted"]);

/** Whether a restricted project allows what the key is about; keys that are not set forbid it. */
const allows = (config: Config, key: string): boolean => !isRestricted(config) || config[key] === "allow";

/** The violation, of something that is allowed or not. */
export function blockedBy(config: Config, key: "restricted.backups" | "restricted.snapshots"): boolean {
  return !allows(config, key);
}

/** Names the first thing that a project does not allow its instance. Undefined: there is none. */
export function violationOf(project: Config, instance: RestrictedInstance): Violation | undefined {
  if (!isRestricted(project)) return undefined;
  return keyViolation(project, instance) ?? deviceViolation(project, instance.devices);
}

/** Beneath what Lodge answers for. */
const lowLevel = (key: string): boolean =>
  key.startsWith("raw.") || ["boot.host_shutdown_timeout", "linux.kernel_modules"].includes(key);

function keyViolation(project: Config, { type, config }: RestrictedInstance): Violation | undefined {
  const noun = type === "container" ? "containers" : "virtual-machines";
  for (const [name, value] of Object.entries(config)) {
    const key = restrictionOfKey(noun, name, value);
    if (key !== undefined && !allows(project, key)) return { key, what: `${name}=${value}` };
  }
  return undefined;
}

/** Which restriction a key of an instance falls under. */
function restrictionOfKey(noun: "containers" | "virtual-machines", name: string, value: string): string | undefined {
  if (value === "") return undefined;
  if (lowLevel(name)) return `restricted.${noun}.lowlevel`;
  if (name === "security.nesting" && isTrue(value)) return "restricted.containers.nesting";
  if (name === "security.privileged" && isTrue(value)) return "restricted.containers.privilege";
  return undefined;
}

function deviceViolation(project: Config, devices: RestrictedInstance["devices"]): Violation | undefined {
  for (const [name, device] of Object.entries(devices)) {
    const found = violationOfDevice(project, device);
    if (found) return { key: found.key, what: `device ${name} (${found.what})` };
  }
  return undefined;
}

function violationOfDevice(project: Config, device: Settings): Violation | undefined {
  const { type = "" } = device;
  if (type === "none" || type === "tpm") return undefined;
  if (type === "disk") return diskViolation(project, device);
  if (type === "nic") return nicViolation(project, device);
  const key = `restricted.devices.${type}`;
  return allows(project, key) ? undefined : { key, what: `type ${type}` };
}

function diskViolation(project: Config, { path, pool, source = "" }: Settings): Violation | undefined {
  if (path === "/" || source === cloudInitSource) return undefined;
  const key = "restricted.devices.disk";
  const allowed = project[key] ?? "managed";
  if (allowed === "block") return { key, what: `a disk beside the root` };
  if (pool) return undefined;
  if (allowed === "managed") return { key, what: `source ${source} is no volume of a pool` };
  const paths = splitList(project["restricted.devices.disk.paths"]);
  if (paths.length === 0 || paths.includes(source)) return undefined;
  return { key: "restricted.devices.disk.paths", what: `source ${source}` };
}

/** What lets a nic take others' addresses. */
const filters = ["security.mac_filtering", "security.ipv4_filtering", "security.ipv6_filtering"];

function nicViolation(project: Config, device: Settings): Violation | undefined {
  const key = "restricted.devices.nic";
  const allowed = project[key] ?? "managed";
  const { network = "" } = device;
  if (allowed === "block") return { key, what: "type nic" };
  if (allowed === "managed") {
    const outside = ["nictype", "parent"].find((setting) => device[setting]);
    if (outside !== undefined) return { key, what: `${outside}=${device[outside]}` };
    if (network === "") return { key, what: "on no network of Lodge's" };
    const off = filters.find((filter) => device[filter] !== undefined && !isTrue(device[filter]));
    if (off !== undefined) return { key, what: `${off}=${device[off]}` };
  }
  const access = splitList(project["restricted.networks.access"]);
  if (network === "" || access.length === 0 || access.includes(network)) return undefined;
  return { key: "restricted.networks.access", what: `network ${network}` };
}
