/** What a backup says of its instance, in the form of LXD's `backup/index.yaml`. Pure. */
import { type Config, type Devices, type InstanceSnapshot, zeroTime } from "@lodge/api";
import type { MetadataContent } from "../instances/metadata/content.ts";
import type { ExpandedInstance } from "../instances/records.ts";
import { renderInstance } from "../instances/render.ts";
import { renderSnapshot } from "../snapshots/render.ts";
import type { PoolRecord, ProfileRecord, SnapshotRecord } from "../store.ts";

export interface Backed {
  readonly instance: ExpandedInstance;
  /** The oldest first. */
  readonly snapshots: readonly SnapshotRecord[];
  /** Those that the instance and its snapshots have. */
  readonly profiles: readonly ProfileRecord[];
  readonly pool: PoolRecord;
  /** Missing: there is nothing that its image would not say again. */
  readonly content?: MetadataContent | undefined;
}

export function indexContent({
  instance,
  snapshots,
  profiles,
  pool,
  content,
}: Backed): Readonly<Record<string, unknown>> {
  const { record } = instance;
  const byName = new Map(profiles.map((profile) => [profile.name, profile]));
  // Memory is not in it.
  const rendered = snapshots.map((snapshot) => ({ ...renderSnapshot(snapshot, byName), stateful: false }));
  const contentType = record.type === "container" ? "filesystem" : "block";
  return {
    name: record.name,
    backend: pool.driver,
    pool: pool.name,
    ...(rendered.length > 0 && { snapshots: rendered.map(({ name }) => name) }),
    optimized: false,
    optimized_header: false,
    ...(content && { lodge_metadata: { metadata: content.metadata, files: content.files } }),
    type: record.type,
    config: {
      container: { ...renderInstance(instance, "Stopped"), stateful: false },
      ...(rendered.length > 0 && { snapshots: rendered }),
      pool: {
        name: pool.name,
        driver: pool.driver,
        description: pool.description,
        config: pool.config,
        status: "Created",
      },
      profiles: profiles.map(({ name, description, config, devices }) => ({ name, description, config, devices })),
      volume: {
        name: record.name,
        type: record.type,
        description: "",
        config: volumeConfig(instance.devices),
        content_type: contentType,
        created_at: record.createdAt.toISOString(),
        location: "none",
      },
      ...(rendered.length > 0 && {
        volume_snapshots: rendered.map((snapshot) => volumeSnapshot(snapshot, contentType)),
      }),
    },
  };
}

function volumeSnapshot({ name, created_at, expires_at }: InstanceSnapshot, contentType: string) {
  return {
    name,
    description: "",
    config: {},
    content_type: contentType,
    created_at,
    expires_at: expires_at || zeroTime,
  };
}

/** What LXD keeps with a volume: how large it is. */
function volumeConfig(devices: Devices): Config {
  const root = Object.values(devices).find(({ type, path }) => type === "disk" && path === "/");
  return root?.["size"] ? { size: root["size"] } : {};
}
