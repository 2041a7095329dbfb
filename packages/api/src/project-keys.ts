/** Every configuration key of projects, as `config-keys.ts` for instances. Free of zod. */
import { type ServerConfigKey, user } from "./server-keys.ts";
import {
  absolutePath,
  boolean,
  diskSize,
  integer,
  listOf,
  memorySize,
  oneOf,
  text,
  type ValueCheck,
} from "./values.ts";

/** What a project may have of its own; without it, it uses that of the project `default`. */
export const projectFeatures = ["features.images", "features.profiles", "features.storage.volumes"] as const;
export type ProjectFeature = (typeof projectFeatures)[number];

const feature = (key: ProjectFeature, what: string): ServerConfigKey => ({
  key,
  doc: `Whether the project has ${what} of its own; otherwise it uses those of the project \`default\`. Changed only while the project is empty.`,
  default: "true",
  check: boolean,
});

/** What is the host's, and all projects use. */
const shared: ValueCheck = (value) =>
  /^(false|0|no|off)$/i.test(value) ? undefined : "is not supported: all projects share these, so it must be false";

/** LXD makes such a project, and then refuses every bridge in it. */
const noNetworks: ValueCheck = (value) =>
  /^(false|0|no|off)$/i.test(value)
    ? undefined
    : "must be false: networks are bridges, and those are all of the project default; restricted.networks.access says which of them a project's instances may be on";

const features: readonly ServerConfigKey[] = [
  feature("features.images", "images and aliases"),
  feature("features.profiles", "profiles"),
  feature("features.storage.volumes", "custom volumes"),
  {
    key: "features.storage.buckets",
    doc: "Taken for the sake of clients that set it; there are no buckets.",
    default: "true",
    check: boolean,
  },
  {
    key: "features.networks",
    doc: "Only `false`: bridges are all of the project `default`, where it reads `true`, as in LXD and Incus; `restricted.networks.access` says which of them a project's instances may be on.",
    default: "false",
    check: noNetworks,
  },
  {
    key: "features.networks.zones",
    doc: "As `features.networks`.",
    default: "false",
    check: shared,
  },
];

const count = (key: string, what: string): ServerConfigKey => ({
  key,
  doc: `How many ${what} the project may have.`,
  default: "",
  check: integer(0, 1_000_000),
});

const limits: readonly ServerConfigKey[] = [
  count("limits.instances", "instances of both types together"),
  count("limits.containers", "containers"),
  count("limits.virtual-machines", "virtual machines"),
  {
    key: "limits.cpu",
    doc: "The sum of `limits.cpu` of all instances. While it is set, each instance must have one that is a number, of its own or by a profile.",
    default: "",
    check: integer(0, 1_000_000),
  },
  {
    key: "limits.memory",
    doc: "The sum of `limits.memory` of all instances. While it is set, each instance must have one that is a size.",
    default: "",
    check: memorySize,
  },
  {
    key: "limits.processes",
    doc: "The sum of `limits.processes` of all instances. While it is set, each instance must have one.",
    default: "",
    check: integer(0, 999_999_999),
  },
  {
    key: "limits.disk",
    doc: "The sum of the sizes of all root disks and of the project's own custom volumes. While it is set, each root disk and each volume must have a `size`.",
    default: "",
    check: diskSize,
  },
  {
    key: "limits.networks",
    doc: "How many networks there may be; of the project `default`, which has them all.",
    default: "",
    check: integer(0, 1_000_000),
  },
];

const blocked = (key: string, doc: string): ServerConfigKey => ({
  key,
  doc: `${doc}: \`block\` or \`allow\`.`,
  default: "block",
  check: oneOf("block", "allow"),
});

const managed = (key: string, doc: string): ServerConfigKey => ({
  key,
  doc,
  default: "managed",
  check: oneOf("block", "managed", "allow"),
});

const restrictions: readonly ServerConfigKey[] = [
  {
    key: "restricted",
    doc: "Whether the `restricted.…` keys hold: then each forbids what its value does not allow, also where it is not set. Instances that are there must comply before it is set.",
    default: "false",
    check: boolean,
  },
  blocked("restricted.backups", "Backups and exports of instances and volumes"),
  blocked("restricted.snapshots", "Snapshots of instances and volumes"),
  blocked("restricted.containers.nesting", "`security.nesting`"),
  blocked(
    "restricted.containers.lowlevel",
    "`raw.*` and other keys that reach beneath what Lodge answers for (`boot.host_shutdown_timeout`, `linux.kernel_modules`), of containers",
  ),
  {
    key: "restricted.containers.privilege",
    doc: "`unprivileged`: no `security.privileged`; `isolated` means the same here, where each container has ids of its own; `allow`: anything.",
    default: "unprivileged",
    check: oneOf("unprivileged", "isolated", "allow"),
  },
  blocked(
    "restricted.containers.interception",
    "Interception of system calls; there is none, so either value is taken",
  ),
  blocked(
    "restricted.virtual-machines.lowlevel",
    "As `restricted.containers.lowlevel`, of virtual machines (`raw.qemu`)",
  ),
  managed(
    "restricted.devices.disk",
    "Disks: `block`: the root alone; `managed`: what lies in storage pools; `allow`: paths of the host as well, see `restricted.devices.disk.paths`.",
  ),
  {
    key: "restricted.devices.disk.paths",
    doc: "With `restricted.devices.disk=allow`: the paths of the host that disks may have as their source, separated by commas; empty: any. Unlike in LXD not what lies beneath them, where a guest could make a symbolic link that leads elsewhere.",
    default: "",
    check: listOf(absolutePath),
  },
  managed(
    "restricted.devices.nic",
    "Nics: `block`: none; `managed`: on networks of Lodge's, with the filters on; `allow`: on interfaces of the host as well.",
  ),
  ...["gpu", "pci", "proxy", "unix-block", "unix-char", "unix-hotplug", "usb", "infiniband"].map((type) =>
    blocked(`restricted.devices.${type}`, `Devices of the type \`${type}\``),
  ),
  {
    key: "restricted.networks.access",
    doc: "The networks that instances may be on, separated by commas; empty: all.",
    default: "",
    check: text,
  },
];

export const projectConfigKeys: readonly ServerConfigKey[] = [
  ...features,
  ...limits,
  ...restrictions,
  {
    key: "memory.merge",
    doc: "Whether what the project's virtual machines have alike in their memory may be one page for all of them (KSM, see the server's `governor.memory.merge`). They may then be able to tell what others who allow it have in theirs. From the next start of each on.",
    default: "false",
    check: boolean,
  },
  {
    key: "templates.enabled",
    doc: "As the server's key, for one project. Both must allow it.",
    default: "true",
    check: boolean,
  },
  user,
];
