/** What the wizard has been told, and what it asks of the server. Pure. */
import type { Config, Devices, InstanceCreate, InstanceType, Profile } from "@lodge/api";
import { findConfigKey } from "@lodge/api/config-keys";
import { diskSize, type ValueCheck } from "@lodge/api/values";

/** An image: here, or on a server that the daemon fetches it from. */
export interface ChosenImage {
  readonly name: string;
  readonly fingerprint: string;
  readonly type: InstanceType;
  /** Of another server. */
  readonly server?: { readonly url: string; readonly protocol: string };
}

export interface IsoVolume {
  readonly pool: string;
  readonly name: string;
}

export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly type: InstanceType;
  /** `empty`: a virtual machine with nothing on its disk. */
  readonly from: "image" | "empty";
  readonly image?: ChosenImage | undefined;
  /** In the drive of a virtual machine; it boots from it while its disk has no system. */
  readonly iso?: IsoVolume | undefined;
  readonly profiles: readonly string[];
  readonly cpu: string;
  readonly memory: string;
  /** Empty: as the profiles say. */
  readonly pool: string;
  readonly size: string;
  /** Empty: as the profiles say; `none`: no network. */
  readonly network: string;
  readonly userData: string;
  readonly autostart: boolean;
  readonly start: boolean;
}

export const emptyDraft: Draft = {
  ...{ name: "", description: "", type: "container", from: "image", profiles: ["default"] },
  ...{ cpu: "", memory: "", pool: "", size: "", network: "", userData: "", autostart: false, start: true },
};

/** What the server would refuse, by field; said before it is asked. */
export type Problems = Partial<
  Record<"name" | "image" | "iso" | "cpu" | "memory" | "size" | "pool" | "userData", string>
>;

const namePattern = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** `taken`: the names that there are in the project. */
export function problemsOf(draft: Draft, taken: ReadonlySet<string>, profiles: readonly Profile[]): Problems {
  const { name, type, from, image, iso, cpu, memory, size, pool } = draft;
  const said = (field: keyof Problems, problem: string | undefined): Problems => (problem ? { [field]: problem } : {});
  const root = rootOf(draft, profiles);
  return {
    ...said("name", nameProblem(name, taken)),
    ...said("image", from === "image" && image?.type !== type ? "Choose an image." : undefined),
    ...said("iso", from === "empty" && type === "virtual-machine" && !iso && draft.start ? noIso : undefined),
    ...said("cpu", keyProblem("limits.cpu", cpu)),
    ...said("memory", keyProblem("limits.memory", memory)),
    ...said("size", problemIn(size, diskSize)),
    ...said("pool", !pool && !root.pool ? "No profile says in which pool its disk is to lie." : undefined),
  };
}

const noIso = "Choose what it is to boot from, or do not start it yet.";

function nameProblem(name: string, taken: ReadonlySet<string>): string | undefined {
  if (name === "") return undefined;
  if (!namePattern.test(name)) return "Letters, digits and hyphens, beginning with a letter; 63 at most.";
  return taken.has(name) ? `There is an instance "${name}" already.` : undefined;
}

function keyProblem(key: string, value: string): string | undefined {
  const check = findConfigKey(key)?.check;
  return check && problemIn(value, check);
}

/** Empty: nothing is said. */
function problemIn(value: string, check: ValueCheck): string | undefined {
  const problem = value === "" ? undefined : check(value);
  return problem && `It ${problem}.`;
}

/** `POST /1.0/instances`. */
export function requestOf(draft: Draft, profiles: readonly Profile[]): InstanceCreate {
  const { name, description, type, start } = draft;
  return {
    ...{ type, start, profiles: [...draft.profiles], source: sourceOf(draft) },
    ...(name && { name }),
    ...(description && { description }),
    config: configOf(draft),
    devices: devicesOf(draft, profiles),
  };
}

function sourceOf({ from, image }: Draft): InstanceCreate["source"] {
  if (from === "empty" || !image) return { type: "none" };
  const { fingerprint, server } = image;
  return { type: "image", fingerprint, ...(server && { server: server.url, protocol: server.protocol, mode: "pull" }) };
}

function configOf({ cpu, memory, userData, autostart }: Draft): Config {
  return {
    ...(cpu && { "limits.cpu": cpu }),
    ...(memory && { "limits.memory": memory }),
    ...(userData.trim() && { "cloud-init.user-data": userData }),
    ...(autostart && { "boot.autostart": "true" }),
  };
}

/** A device of an instance takes the place of its profiles' of the same name. */
function devicesOf(draft: Draft, profiles: readonly Profile[]): Devices {
  const { type, from, iso, pool, size, network } = draft;
  const root = rootOf(draft, profiles);
  const nic = nicOf(draft, profiles);
  return {
    ...((pool || size) && {
      [root.name]: { ...{ type: "disk", path: "/", pool: pool || root.pool }, ...(size && { size }) },
    }),
    ...(network && {
      [nic]: network === "none" ? { type: "none" } : { type: "nic", network, name: "eth0" },
    }),
    ...(type === "virtual-machine" &&
      from === "empty" &&
      iso && { iso: { type: "disk", pool: iso.pool, source: iso.name, "boot.priority": "10" } }),
  };
}

/** What the chosen profiles have together: the later wins. */
export function profileDevices({ profiles: names }: Pick<Draft, "profiles">, profiles: readonly Profile[]): Devices {
  return Object.assign({}, ...names.map((name) => profiles.find((each) => each.name === name)?.devices)) as Devices;
}

export function rootOf(draft: Draft, profiles: readonly Profile[]): { readonly name: string; readonly pool: string } {
  const found = Object.entries(profileDevices(draft, profiles)).find(
    ([, device]) => device["type"] === "disk" && device["path"] === "/",
  );
  return { name: found?.[0] ?? "root", pool: found?.[1]["pool"] ?? "" };
}

function nicOf(draft: Draft, profiles: readonly Profile[]): string {
  const devices = Object.entries(profileDevices(draft, profiles));
  return devices.find(([, device]) => device["type"] === "nic")?.[0] ?? "eth0";
}
