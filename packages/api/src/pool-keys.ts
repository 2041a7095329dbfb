/** Every configuration key of storage pools there is, by the driver that has it. Free of zod. */
import { absolutePath, boolean, parseSize, text, type ValueCheck } from "./values.ts";

export interface PoolConfigKey {
  /** `source`; one that ends with `*` stands for all keys with that prefix. */
  readonly key: string;
  readonly doc: string;
  /** In words; empty: none. */
  readonly default: string;
  readonly check: ValueCheck;
  /** What a change of it does; missing: it is refused once the pool is made. */
  readonly change?: string;
}

const leastLoopFile = 256 * 2 ** 20;

const poolSize: ValueCheck = (value) =>
  (parseSize(value) ?? 0) >= leastLoopFile ? undefined : "must be a size of at least 256MiB such as 10GiB";

const mountOptions: ValueCheck = (value) =>
  /^[A-Za-z0-9_=:.-]+(,[A-Za-z0-9_=:.-]+)*$/.test(value) ? undefined : "must be options of mount, separated by commas";

const free: PoolConfigKey = {
  key: "user.*",
  doc: "Free for the user; Lodge does not read it.",
  default: "",
  check: text,
  change: "takes effect at once",
};

/** The keys of each driver. */
export const poolConfigKeys: Readonly<Record<string, readonly PoolConfigKey[]>> = {
  dir: [
    {
      key: "source",
      doc: "An empty directory of the host that the pool lies in.",
      default: "a directory in LODGE_DIR",
      check: absolutePath,
    },
    free,
  ],
  btrfs: [
    {
      key: "source",
      doc: "What the pool lies on: a block device, which is formatted, or an empty directory on a btrfs of the host.",
      default: "a file in LODGE_DIR, mounted as a loop device",
      check: absolutePath,
    },
    {
      key: "size",
      doc: "Of the file that the pool lies in where it has no source.",
      default: "a fifth of the free space, at least 5GiB, at most 30GiB",
      check: poolSize,
      change: "makes the file and its file system larger at once; smaller is refused",
    },
    {
      key: "source.wipe",
      doc: "Whether a block device is formatted even when it holds something.",
      default: "false",
      check: boolean,
    },
    {
      key: "btrfs.mount_options",
      doc: "Options with which the file system is mounted, such as `compress=zstd`; not for a source that is a directory.",
      default: "",
      check: mountOptions,
      change: "takes effect when the pool is opened next",
    },
    free,
  ],
};

/** A driver's entry for a key, or undefined when it has none. */
export function findPoolKey(driver: string, key: string): PoolConfigKey | undefined {
  const keys = Object.hasOwn(poolConfigKeys, driver) ? (poolConfigKeys[driver] ?? []) : [];
  return keys.find((entry) =>
    entry.key.endsWith("*")
      ? key.startsWith(entry.key.slice(0, -1)) && key.length >= entry.key.length
      : entry.key === key,
  );
}
