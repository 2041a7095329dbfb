import type { Context } from "../context.ts";
import { localRemote } from "../remotes/remotes.ts";
import { deviceKeyNames, deviceNames, deviceTypeNames } from "./device-names.ts";

/** Where a word stands: the command and the arguments before it. */
export interface Place {
  /** `["device", "add"]` */
  readonly path: readonly string[];
  readonly given: readonly string[];
}

/** What may stand for an argument or option, by its name. */
export async function namesFor(argument: string, place: Place, context: Context): Promise<string[]> {
  try {
    if (place.path.includes("device")) return await deviceWords(argument, place, context);
    if (place.path[0] === "network") return await networkWords(argument, place, context);
    if (place.path.includes("volume")) return await volumeWords(argument, place, context);
    if (place.path[0] === "storage") return await storageWords(argument, context);
    return argument === "snapshot" ? await snapshotNames(place, context) : await names(argument, context);
  } catch {
    // Completion has nobody to tell: without a daemon there are no names.
    return [];
  }
}

/** The words of the commands about devices. */
async function deviceWords(argument: string, place: Place, context: Context): Promise<string[]> {
  switch (argument) {
    case "device":
      return deviceNames(place, context);
    case "type":
      return deviceTypeNames();
    case "key":
      return deviceKeyNames(place, context);
    case "key=value":
      return (await deviceKeyNames(place, context)).map((key) => `${key}=`);
    default:
      return names(argument, context);
  }
}

/** The words of the commands about networks. */
async function networkWords(argument: string, place: Place, context: Context): Promise<string[]> {
  switch (argument) {
    case "key":
      return networkKeyNames(place);
    case "settings":
      return (await networkKeyNames(place)).map((key) => (key.endsWith(".") ? key : `${key}=`));
    case "listen-address": {
      const { networks } = await context.client();
      return (await networks.forwards.list(place.given[0] ?? "")).map((forward) => forward.listen_address);
    }
    default:
      return names(argument, context);
  }
}

async function networkKeyNames({ path }: Place): Promise<string[]> {
  const { forwardConfigKeys, networkConfigKeys } = await import("@lodge/api/network-keys");
  const keys = path.includes("forward") ? forwardConfigKeys : networkConfigKeys;
  return keys.map(({ key }) => key.replace("*", ""));
}

/** The words of the commands about storage pools. */
async function storageWords(argument: string, context: Context): Promise<string[]> {
  const { poolConfigKeys } = await import("@lodge/api/pool-keys");
  const keys = new Set(Object.values(poolConfigKeys).flatMap((own) => own.map(({ key }) => key.replace("*", ""))));
  switch (argument) {
    case "driver":
      return Object.keys(poolConfigKeys);
    case "key":
      return [...keys];
    case "settings":
      return [...keys].map((key) => (key.endsWith(".") ? key : `${key}=`));
    default:
      return names(argument, context);
  }
}

/** The words of the commands about volumes. */
async function volumeWords(argument: string, { given: [pool = ""] }: Place, context: Context): Promise<string[]> {
  const { volumeConfigKeys } = await import("@lodge/api/volume-keys");
  const keys = volumeConfigKeys.map(({ key }) => key.replace("*", ""));
  switch (argument) {
    case "volume":
      return (await (await context.client()).pools.volumes(pool).list()).map(({ name }) => name);
    case "key":
      return keys;
    case "settings":
      return keys.map((key) => (key.endsWith(".") ? key : `${key}=`));
    default:
      return names(argument, context);
  }
}

/** Those of the instance that is named before. */
async function snapshotNames({ given: [instance = ""] }: Place, context: Context): Promise<string[]> {
  const client = await context.client();
  return (await client.instances.snapshots(instance).list()).map(({ name }) => name);
}

/** Names that exist in the daemon. */
async function names(argument: string, context: Context): Promise<string[]> {
  const client = await context.client();
  switch (argument) {
    case "instance":
      return client.instances.names();
    case "image":
    case "alias":
      return (await client.images.aliases()).map(({ name }) => name);
    case "network":
      return (await client.networks.list()).map(({ name }) => name);
    case "pool":
    case "storage":
      return (await client.pools.list()).map(({ name }) => name);
    case "profile":
      return (await client.profiles.list()).map(({ name }) => name);
    case "project":
    case "targetProject":
      return (await client.projects.list()).map(({ name }) => name);
    case "template":
      return (await client.templates.list()).map(({ id }) => id);
    case "remote":
      return [localRemote, ...context.remotes.all.map(([name]) => name)];
    case "fingerprint":
      return (await client.certificates.list()).map(({ fingerprint }) => fingerprint.slice(0, 12));
    case "warning":
      return (await client.warnings.list()).map(({ uuid }) => uuid);
    case "operation":
      return (await client.operations.list()).map(({ id }) => id);
    case "key":
      return configKeyNames();
    case "settings":
    case "config":
      return (await configKeyNames()).map((key) => (key.endsWith(".") ? key : `${key}=`));
    case "path":
      return (await client.instances.names()).map((name) => `${name}/`);
    default:
      return [];
  }
}

/** Those that a user may set; `user.*` as `user.`. */
async function configKeyNames(): Promise<string[]> {
  const { instanceConfigKeys } = await import("@lodge/api/config-keys");
  return instanceConfigKeys.filter(({ volatile }) => !volatile).map(({ key }) => key.replace("*", ""));
}
