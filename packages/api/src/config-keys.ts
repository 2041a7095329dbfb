/**
 * Every instance configuration key there is. Validation, `lodge config` and docs/reference/configuration.md
 * come from this table; a key that is not here is refused. Free of zod.
 */
import { bootConfigKeys } from "./boot-keys.ts";
import { cloudInitKeys } from "./cloud-init-keys.ts";
import { lifetimeKeys } from "./lifetime-keys.ts";
import { limitConfigKeys } from "./limit-keys.ts";
import { machineConfigKeys } from "./machine-keys.ts";
import type { InstanceType } from "./primitives.ts";
import { snapshotConfigKeys } from "./snapshot-keys.ts";
import { boolean, text, type ValueCheck } from "./values.ts";

export interface ConfigKey {
  /** `limits.memory`; one that ends with `*` stands for all keys with that prefix. */
  readonly key: string;
  readonly doc: string;
  readonly default: string;
  readonly types: readonly InstanceType[];
  /** Returns what is wrong with a value, or undefined. The empty string unsets and is never passed. */
  readonly check: ValueCheck;
  /** Set by the daemon; clients may send it back and not change it. */
  readonly volatile?: true;
  /** Whether a change takes effect on a running instance, or of which type. */
  readonly live: boolean | InstanceType;
}

const both = ["container", "virtual-machine"] as const;

export const instanceConfigKeys: readonly ConfigKey[] = [
  ...limitConfigKeys,
  ...bootConfigKeys,
  ...lifetimeKeys,
  ...machineConfigKeys,
  ...cloudInitKeys,
  ...snapshotConfigKeys,
  {
    key: "security.nesting",
    doc: "Let containers run inside the container (Docker, Podman): nothing of /proc and /sys is masked, so that user namespaces inside may have their own, and on cgroup v1 it makes groups below its limits.",
    default: "false",
    types: ["container"],
    check: boolean,
    live: false,
  },
  {
    key: "security.privileged",
    doc: "Run the container without a user namespace of its own. The explicit exception to isolation.",
    default: "false",
    types: ["container"],
    check: boolean,
    live: false,
  },
  {
    key: "security.protection.delete",
    doc: "Refuse to delete the instance, until the key is unset. An ephemeral one stays when it stops.",
    default: "false",
    types: both,
    check: boolean,
    live: true,
  },
  {
    key: "security.protection.start",
    doc: "Refuse to start the instance, until the key is unset; it does not start with the host either.",
    default: "false",
    types: both,
    check: boolean,
    live: true,
  },
  {
    key: "environment.*",
    doc: "Environment variables for exec and, in containers, for init.",
    default: "",
    types: both,
    check: text,
    live: true,
  },
  {
    key: "user.*",
    doc: "Free for the user; Lodge reads the older names of the cloud-init keys, and user.meta-data, which is added to cloud-init's meta-data.",
    default: "",
    types: both,
    check: text,
    live: true,
  },
  {
    key: "image.*",
    doc: "Copied from the image's properties at creation.",
    default: "",
    types: both,
    check: text,
    live: true,
  },
  {
    key: "volatile.*",
    doc: "The daemon's own notes: identifiers, MAC addresses.",
    default: "",
    types: both,
    check: text,
    volatile: true,
    live: true,
  },
];

/** The table's entry for a key, or undefined when there is none. */
export function findConfigKey(key: string): ConfigKey | undefined {
  return instanceConfigKeys.find((k) =>
    k.key.endsWith("*") ? key.startsWith(k.key.slice(0, -1)) && key.length >= k.key.length : k.key === key,
  );
}
