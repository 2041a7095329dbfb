import { type Config, findConfigKey } from "@lodge/api";
import { shortId } from "../instances/identity.ts";
import type { InstanceRecord } from "../store.ts";

/** What of the daemon's notes makes an instance the one that it was, and what they may be: an archive is not believed. */
const notes: ReadonlyArray<readonly [key: RegExp, value: RegExp]> = [
  [/^volatile\.uuid$/, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  [/^volatile\.cloud-init\.instance-id$/, /^[0-9a-f-]{1,64}$/],
  [/^volatile\.[a-zA-Z0-9_-]+\.hwaddr$/, /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/],
  [/^volatile\.[a-zA-Z0-9_-]+\.ipv4_address$/, /^\d{1,3}(\.\d{1,3}){3}$/],
  [/^volatile\.[a-zA-Z0-9_-]+\.index$/, /^\d{1,3}$/],
];

export interface KeptIdentity {
  readonly uuid: string;
  /** What else of it is kept. */
  readonly notes: Config;
}

/**
 * The identity that a backup's instance goes on with: as in LXD its own. Undefined where an instance that is there has that, or an address
 * of it: two with one identity cannot live on one host, and the one that is imported gets a new one.
 */
export function keptIdentity(config: Config, others: readonly InstanceRecord[]): KeptIdentity | undefined {
  const { "volatile.uuid": uuid, ...kept } = ownNotes(config);
  // One that was refreshed has a newer id than its UUID says.
  const isOf = (other: InstanceRecord) => other.uuid === uuid || other.id === shortId(uuid ?? "");
  if (uuid === undefined || others.some(isOf)) return undefined;
  const taken = new Set(
    others.flatMap((other) =>
      Object.entries(other.config)
        .filter(isAddress)
        .map(([, v]) => v),
    ),
  );
  return Object.entries(kept).some((entry) => isAddress(entry) && taken.has(entry[1]))
    ? undefined
    : { uuid, notes: kept };
}

/** What of the daemon's notes an archive may say. */
export function ownNotes(config: Config): Config {
  const isNote = ([key, value]: readonly [string, string]) => notes.some(([k, v]) => k.test(key) && v.test(value));
  return Object.fromEntries(Object.entries(config).filter(isNote));
}

const isAddress = ([key]: readonly [string, string]): boolean => /^volatile\..*\.(hwaddr|ipv4_address)$/.test(key);

/** Without the daemon's notes, but for the image that it was made of. */
export function withoutNotes(config: Config): Config {
  const isOwn = ([key, value]: readonly [string, string]) =>
    key === "volatile.base_image" ? /^[0-9a-f]{64}$/.test(value) : !findConfigKey(key)?.volatile;
  return Object.fromEntries(Object.entries(config).filter(isOwn));
}
