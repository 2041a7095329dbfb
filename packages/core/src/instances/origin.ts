/** What a new instance is made of, and what it takes over of that beside the root. */
import {
  type Config,
  type Devices,
  type InstanceBackupIndex,
  type InstanceCreate,
  type InstanceType,
  LodgeError,
} from "@lodge/api";
import type { BackupReading } from "../backups/archives.ts";
import { withoutNotes } from "../backups/identity.ts";
import { parseSource } from "../snapshots/names.ts";
import { findSnapshot, withoutIdentity } from "../snapshots/records.ts";
import type { ImageRecord, InstanceRecord, SnapshotRecord } from "../store.ts";
import type { InstanceDependencies } from "./dependencies.ts";
import { InstanceRecords } from "./records.ts";

export type Origin =
  | { readonly kind: "image"; readonly image: ImageRecord }
  | CopyOrigin
  | BackupOrigin
  | { readonly kind: "none"; readonly type: InstanceType };

export interface CopyOrigin {
  readonly kind: "copy";
  readonly from: InstanceRecord;
  /** As it was then; missing: as it is. */
  readonly snapshot?: SnapshotRecord;
  /** Its snapshots are copied, too. */
  readonly withSnapshots: boolean;
  /** With what its profiles add; of a copy into another project, whose profiles may have no root disk. */
  readonly expanded?: Devices;
}

/** A backup that is being read: its index is known, its roots are still to come. */
export interface BackupOrigin {
  readonly kind: "backup";
  readonly reading: BackupReading<InstanceBackupIndex>;
  /** Of the image that a VM's root can stand on again. */
  readonly fingerprint?: string;
}

export async function findOrigin(
  deps: InstanceDependencies,
  project: string,
  { type, source }: InstanceCreate,
): Promise<Origin> {
  switch (source.type) {
    case "image":
      return {
        kind: "image",
        image: await (await deps.catalog.of(project)).resolve(source, type === "" ? undefined : (type ?? undefined)),
      };
    case "copy": {
      const named = parseSource(source.source ?? "");
      const records = new InstanceRecords(deps.store);
      const from = await records.get(source.project || project, named.instance);
      const snapshot = named.snapshot === undefined ? undefined : await findSnapshot(deps.store, from, named.snapshot);
      if (type && type !== from.type) {
        throw new LodgeError({
          code: "request_invalid",
          message: `A copy of ${from.name} is a ${from.type}, not a ${type}.`,
        });
      }
      const withSnapshots = !snapshot && source.instance_only !== true;
      const expanded = from.project === project ? {} : { expanded: (await records.expand(from)).devices };
      return { kind: "copy", from, withSnapshots, ...(snapshot && { snapshot }), ...expanded };
    }
    case "none":
      return { kind: "none", type: type || "container" };
    default:
      throw new LodgeError({
        code: "not_supported",
        message: `Creating an instance from source type "${source.type}" is not supported; use "image", "copy" or "none".`,
      });
  }
}

/** Whether it is of an image of another server. */
export const isFetched = ({ source }: InstanceCreate): boolean => source.type === "image" && !!source.server;

export function madeOf(origin: Origin): { readonly type: InstanceType; readonly fingerprint?: string } {
  if (origin.kind === "image") return origin.image;
  if (origin.kind === "backup") {
    const { reading, fingerprint } = origin;
    return { type: reading.index.type, ...(fingerprint !== undefined && { fingerprint }) };
  }
  return origin.kind === "copy" ? origin.from : origin;
}

/** What holds unless a request says otherwise. */
export interface Inherited {
  readonly description: string;
  /** Missing: the host's. */
  readonly architecture?: string;
  readonly config: Config;
  readonly devices: Devices;
  readonly profiles: readonly string[];
  readonly ephemeral: boolean;
  /** Missing: now. */
  readonly createdAt?: Date;
}

export function inheritedFrom(origin: Origin): Inherited {
  const nothing = { description: "", config: {}, devices: {}, profiles: ["default"], ephemeral: false };
  if (origin.kind === "none") return nothing;
  if (origin.kind === "image") {
    const { architecture, profiles = nothing.profiles } = origin.image;
    return { ...nothing, profiles, architecture, config: imageConfig(origin.image) };
  }
  if (origin.kind === "backup") return inheritedFromBackup(origin.reading.index);
  const { description, architecture, config, devices, profiles, ephemeral } = origin.snapshot ?? origin.from;
  return { description, architecture, config: withoutIdentity(config), devices, profiles, ephemeral };
}

function inheritedFromBackup({ instance }: InstanceBackupIndex): Inherited {
  const { description, architecture, config, devices, profiles, ephemeral } = instance;
  const createdAt = new Date(instance.created_at ?? "");
  return {
    description: description ?? "",
    ...(architecture && { architecture }),
    config: withoutNotes(config ?? {}),
    devices: devices ?? {},
    profiles: profiles ?? [],
    ephemeral: ephemeral ?? false,
    ...(createdAt.getTime() > 0 && { createdAt }),
  };
}

/** What an image says of itself, in the configuration of what is made of it. */
export function imageConfig({ properties, fingerprint }: ImageRecord): Config {
  const own = Object.entries(properties).map(([key, value]) => [`image.${key}`, value] as const);
  return { ...Object.fromEntries(own), "volatile.base_image": fingerprint };
}

/** Whether a key says of which image an instance is made. */
export const isImageKey = (key: string): boolean => key.startsWith("image.") || key === "volatile.base_image";
