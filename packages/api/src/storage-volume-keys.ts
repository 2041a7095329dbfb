/** Every configuration key of custom storage volumes there is, as `config-keys.ts` for instances. Free of zod. */
import { snapshotConfigKeys } from "./snapshot-keys.ts";
import { boolean, diskSize, text, type ValueCheck } from "./values.ts";

export const volumeContentTypes = ["filesystem", "block", "iso"] as const;
export type VolumeContentType = (typeof volumeContentTypes)[number];

export interface VolumeConfigKey {
  /** `size`; one that ends with `*` stands for all keys with that prefix. */
  readonly key: string;
  readonly doc: string;
  /** In words; empty: none. */
  readonly default: string;
  readonly contentTypes: readonly VolumeContentType[];
  readonly check: ValueCheck;
}

/** As for instances. */
const ofSnapshots = ["snapshots.schedule", "snapshots.pattern", "snapshots.expiry"];

export const volumeConfigKeys: readonly VolumeConfigKey[] = [
  {
    key: "size",
    doc: "How much it may hold. A block volume has this size from the beginning, and grows while it is used; a file system's is a limit, for which the pool's file system needs project quotas.",
    default: "filesystem: no limit; block: 10GiB; iso: the file's",
    contentTypes: ["filesystem", "block"],
    check: diskSize,
  },
  {
    key: "security.shared",
    doc: "Whether several instances may have a block volume at once. What is on it must be made for that: an ordinary file system is destroyed by it.",
    default: "false",
    contentTypes: ["block"],
    check: boolean,
  },
  {
    key: "security.shifted",
    doc: "Accepted for LXD's clients; owners are always the same numbers inside, whatever ids an instance has.",
    default: "true",
    contentTypes: ["filesystem"],
    check: boolean,
  },
  ...snapshotConfigKeys
    .filter(({ key }) => ofSnapshots.includes(key))
    .map(({ key, doc, default: usual, check }) => ({
      ...{ key, doc, default: usual, check },
      contentTypes: volumeContentTypes,
    })),
  {
    key: "user.*",
    doc: "Free for the user; Lodge does not read it.",
    default: "",
    contentTypes: volumeContentTypes,
    check: text,
  },
];

export function findVolumeKey(key: string): VolumeConfigKey | undefined {
  return volumeConfigKeys.find((known) =>
    known.key.endsWith("*")
      ? key.startsWith(known.key.slice(0, -1)) && key.length >= known.key.length
      : known.key === key,
  );
}
