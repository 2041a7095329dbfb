/** Every configuration key of the server, as `config-keys.ts` for instances. Free of zod. */
import { httpsAddress } from "./https-address.ts";
import { parsePercent } from "./limit-values.ts";
import { timeAfter } from "./time-span.ts";
import { boolean, diskSize, integer, memorySize, oneOf, text, type ValueCheck } from "./values.ts";

export interface ServerConfigKey {
  /** `templates.enabled`; one that ends with `*` stands for all keys with that prefix. */
  readonly key: string;
  readonly doc: string;
  readonly default: string;
  /** Returns what is wrong with a value, or undefined. The empty string unsets and is never passed. */
  readonly check: ValueCheck;
}

export const user: ServerConfigKey = { key: "user.*", doc: "Free for the user.", default: "", check: text };

const tokenExpiry: ValueCheck = (value) =>
  timeAfter(new Date(), value) ? undefined : "must be spans of time such as 30M, 12H, 7d or 1w 2d";

const memoryPart: ValueCheck = (value) =>
  parsePercent(value) !== undefined || memorySize(value) === undefined
    ? undefined
    : "must be a size such as 12GiB, or a percentage of the host's memory from 1% to 100%";

const ratio: ValueCheck = (value) =>
  /^\d{1,3}(\.\d{1,3})?$/.test(value) && Number(value) > 0 ? undefined : "must be a number above 0 such as 1.5";

export const serverConfigKeys: readonly ServerConfigKey[] = [
  {
    key: "core.https_address",
    doc: "Where the API is served by HTTPS: an IP address, a port, or both (`:8443`, `192.0.2.1:8443`, `[2001:db8::1]:8443`); the port is 8443 if not given. Takes effect at once; empty ends it.",
    default: "",
    check: httpsAddress,
  },
  {
    key: "core.metrics_address",
    doc: "Where the metrics alone are served by HTTPS, beside `core.https_address`, which serves them as well: an IP address, a port, or both; the port is 8443 if not given. Takes effect at once; empty ends it.",
    default: "",
    check: httpsAddress,
  },
  {
    key: "core.metrics_authentication",
    doc: "Whether the metrics are for those alone whose certificate is trusted with them. `false`: whoever reaches an address reads them.",
    default: "true",
    check: boolean,
  },
  {
    key: "core.remote_token_expiry",
    doc: "How long a trust token that is issued from now on may be used (`30M`, `12H`, `7d`); empty: until it is used or revoked, or the daemon ends.",
    default: "",
    check: tokenExpiry,
  },
  {
    key: "governor.memory.budget",
    doc: "How much of the host's memory instances may have together: a size or a percentage of it. The governor keeps what it lets them have within it, and starts nothing whose guarantee does not fit.",
    default: "80%",
    check: memoryPart,
  },
  {
    key: "governor.memory.merge",
    doc: "Whether the host's kernel looks for equal pages of those who allow it (KSM; projects do by `memory.merge`): `on`, `off`; unset: as the host has it. Takes effect within seconds, and stays when the daemon ends.",
    default: "",
    check: oneOf("on", "off"),
  },
  {
    key: "governor.memory.overcommit",
    doc: "How many times the budget the limits of the instances that run may promise together (`1.5`): a start beyond it is refused. Empty: any.",
    default: "",
    check: ratio,
  },
  {
    key: "governor.mode",
    doc: "Whether memory is moved to the instances that need it: `on`; `observe`: it is only said what would be moved; `off`: nothing is moved, and starts are not refused for what others were promised. Takes effect within seconds.",
    default: "observe",
    check: oneOf("off", "observe", "on"),
  },
  {
    key: "images.allow_http",
    doc: "Whether images may come by http from other hosts, too: whoever sits between can change lists of images and their hashes alike. From this host itself they may in any case.",
    default: "false",
    check: boolean,
  },
  {
    key: "images.auto_update_cached",
    doc: "Whether an image that is fetched for an instance is kept up to date.",
    default: "true",
    check: boolean,
  },
  {
    key: "images.auto_update_interval",
    doc: "Hours between looks for newer images where images are to be kept up to date; 0: only when asked to.",
    default: "6",
    check: integer(0, 8760),
  },
  {
    key: "images.remote_cache_expiry",
    doc: "Days after its last use for which an image that was fetched for an instance stays; 0: for ever.",
    default: "10",
    check: integer(0, 36500),
  },
  {
    key: "templates.budget",
    doc: "Bytes that templates may take on disk. Those that were not used for the longest time go first.",
    default: "8GiB",
    check: diskSize,
  },
  {
    key: "templates.enabled",
    doc: "Whether a virtual machine that could begin as a fork of a warm template does, and leaves one where there is none. A change takes effect at the next launch; templates that are there stay.",
    default: "true",
    check: boolean,
  },
  {
    key: "templates.ready",
    doc: "How many machines stand ready of each template that is in use: forks that have their memory and run nothing yet, which the next launches are. All together take a small share of the host's memory at most, and those of a template that nobody launched from for ten minutes end. 0: none.",
    default: "2",
    check: integer(0, 8),
  },
  user,
];

export function findServerKey(keys: readonly ServerConfigKey[], key: string): ServerConfigKey | undefined {
  return keys.find((k) => (k.key.endsWith("*") ? key.startsWith(k.key.slice(0, -1)) : k.key === key));
}

/** `templates.ready` where it is not set. */
export const defaultReady = 2;

/** Bytes of `templates.budget` where it is not set. */
export const defaultTemplateBudget = 8 * 2 ** 30;
