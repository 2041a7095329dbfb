/** Every configuration key of projects, as `config-keys.ts` for instances. Free of zod. */
import { type ServerConfigKey, user } from "./server-keys.ts";
import { boolean, type ValueCheck } from "./values.ts";

/** What a project may have of its own; without it, it uses that of the project `default`. */
export const projectFeatures = ["features.profiles", "features.storage.volumes"] as const;
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

const features: readonly ServerConfigKey[] = [
  feature("features.profiles", "profiles"),
  feature("features.storage.volumes", "custom volumes"),
  {
    key: "features.storage.buckets",
    doc: "Taken for the sake of clients that set it; there are no buckets.",
    default: "true",
    check: boolean,
  },
  {
    key: "features.images",
    doc: "Images of its own are not supported: only `false`. All projects use those of the project `default`, where it reads `true`.",
    default: "false",
    check: shared,
  },
  {
    key: "features.networks",
    doc: "Networks of its own are not supported: only `false`. All projects use those of the project `default`, where it reads `true`.",
    default: "false",
    check: shared,
  },
  {
    key: "features.networks.zones",
    doc: "As `features.networks`.",
    default: "false",
    check: shared,
  },
];

export const projectConfigKeys: readonly ServerConfigKey[] = [
  ...features,
  {
    key: "templates.enabled",
    doc: "As the server's key, for one project. Both must allow it.",
    default: "true",
    check: boolean,
  },
  user,
];
