/** How each record lies in its table, and the schema by which it is believed again when it is read. */
import {
  configSchema,
  devicesSchema,
  instanceTypeSchema,
  networkForwardPortSchema,
  volumeContentTypeSchema,
} from "@lodge/api";
import type {
  AliasRecord,
  ImageRecord,
  InstanceId,
  InstanceRecord,
  NetworkRecord,
  OperationRecord,
  PendingRoot,
  PoolRecord,
  ProfileRecord,
  SnapshotId,
  SnapshotRecord,
  StateId,
  StateRecord,
  TemplateRecord,
  VolumeId,
  VolumeRecord,
  VolumeSnapshotRecord,
} from "@lodge/core";
import { z } from "zod";

export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;

export interface TableLayout<Row, Key> {
  readonly table: string;
  readonly key: readonly string[];
  readonly orderBy: readonly string[];
  readonly keyValues: (key: Key) => readonly string[];
  readonly write: (row: Row) => SqlRow;
  readonly read: z.ZodType<Row>;
}

/** A column of JSON text. */
export const json = <T>(schema: z.ZodType<T>) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
export const boolean = z.union([z.literal(0), z.literal(1)]).transform((n) => n === 1);
export const date = z.iso.datetime().transform((text) => new Date(text));
const life = z.enum(["creating", "present", "deleting"]);
export const bit = (value: boolean): number => (value ? 1 : 0);

/** SQL has null where a record lacks the field. */
const lastUsed = (at: Date | null) => (at === null ? {} : { lastUsedAt: at });

const volumeId = z.string().transform((id) => id as VolumeId);
export const snapshotId = z.string().transform((id) => id as SnapshotId);
const pendingRoot: z.ZodType<PendingRoot> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("restore"), snapshot: snapshotId }),
  z.object({ kind: z.literal("rebuild") }),
]);

const stateRecord: z.ZodType<StateRecord> = z.object({
  id: z.string().transform((id) => id as StateId),
  size: z.number(),
});
/** As for `lastUsed`. */
const held = (state: StateRecord | null) => (state === null ? {} : { state });

export const instanceLayout: TableLayout<InstanceRecord, InstanceId> = {
  table: "instances",
  key: ["id"],
  orderBy: ["project", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    uuid: r.uuid,
    name: r.name,
    project: r.project,
    type: r.type,
    description: r.description,
    architecture: r.architecture,
    fingerprint: r.fingerprint ?? null,
    pool: r.pool,
    config: JSON.stringify(r.config),
    devices: JSON.stringify(r.devices),
    profiles: JSON.stringify(r.profiles),
    ephemeral: bit(r.ephemeral),
    life: r.life,
    id_block: r.idBlock,
    wanted: bit(r.wanted),
    created_at: r.createdAt.toISOString(),
    last_used_at: r.lastUsedAt?.toISOString() ?? null,
    pending: r.pending ? JSON.stringify(r.pending) : null,
    state: r.state ? JSON.stringify(r.state) : null,
  }),
  read: z
    .object({
      id: z.string().transform((id) => id as InstanceId),
      uuid: z.string(),
      name: z.string(),
      project: z.string(),
      type: instanceTypeSchema,
      description: z.string(),
      architecture: z.string(),
      fingerprint: z.string().nullable(),
      pool: z.string(),
      config: json(configSchema),
      devices: json(devicesSchema),
      profiles: json(z.array(z.string())),
      ephemeral: boolean,
      life,
      id_block: z.int(),
      wanted: boolean,
      created_at: date,
      last_used_at: date.nullable(),
      pending: json(pendingRoot).nullable(),
      state: json(stateRecord).nullable(),
    })
    .transform(({ fingerprint, id_block, created_at, last_used_at, pending, state, ...row }) => ({
      ...row,
      ...held(state),
      ...(pending !== null && { pending }),
      ...(fingerprint !== null && { fingerprint }),
      idBlock: id_block,
      createdAt: created_at,
      ...lastUsed(last_used_at),
    })),
};

export const snapshotLayout: TableLayout<SnapshotRecord, SnapshotId> = {
  table: "snapshots",
  key: ["id"],
  orderBy: ["instance", "created_at", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    instance: r.instance,
    name: r.name,
    description: r.description,
    architecture: r.architecture,
    config: JSON.stringify(r.config),
    devices: JSON.stringify(r.devices),
    profiles: JSON.stringify(r.profiles),
    ephemeral: bit(r.ephemeral),
    life: r.life,
    created_at: r.createdAt.toISOString(),
    expires_at: r.expiresAt?.toISOString() ?? null,
    last_used_at: r.lastUsedAt?.toISOString() ?? null,
    state: r.state ? JSON.stringify(r.state) : null,
  }),
  read: z
    .object({
      id: snapshotId,
      instance: z.string().transform((id) => id as InstanceId),
      name: z.string(),
      description: z.string(),
      architecture: z.string(),
      config: json(configSchema),
      devices: json(devicesSchema),
      profiles: json(z.array(z.string())),
      ephemeral: boolean,
      life,
      created_at: date,
      expires_at: date.nullable(),
      last_used_at: date.nullable(),
      state: json(stateRecord).nullable(),
    })
    .transform(({ created_at, expires_at, last_used_at, state, ...row }) => ({
      ...row,
      ...held(state),
      createdAt: created_at,
      ...(expires_at !== null && { expiresAt: expires_at }),
      ...lastUsed(last_used_at),
    })),
};

export const templateLayout: TableLayout<TemplateRecord, InstanceId> = {
  table: "templates",
  key: ["id"],
  orderBy: ["id"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    project: r.project,
    pool: r.pool,
    fingerprint: r.fingerprint,
    shape: r.shape,
    state: JSON.stringify(r.state),
    size: r.size,
    life: r.life,
    created_at: r.createdAt.toISOString(),
    last_used_at: r.lastUsedAt.toISOString(),
  }),
  read: z
    .object({
      id: z.string().transform((id) => id as InstanceId),
      project: z.string(),
      pool: z.string(),
      fingerprint: z.string(),
      shape: z.string(),
      state: json(stateRecord),
      size: z.number(),
      life: z.enum(["present", "deleting"]),
      created_at: date,
      last_used_at: date,
    })
    .transform(({ created_at, last_used_at, ...row }) => ({
      ...row,
      createdAt: created_at,
      lastUsedAt: last_used_at,
    })),
};

export const imageLayout: TableLayout<ImageRecord, string> = {
  table: "images",
  key: ["fingerprint"],
  orderBy: ["fingerprint"],
  keyValues: (fingerprint) => [fingerprint],
  write: (r) => ({
    fingerprint: r.fingerprint,
    type: r.type,
    architecture: r.architecture,
    filename: r.filename,
    size: r.size,
    public: bit(r.public),
    properties: JSON.stringify(r.properties),
    split: bit(r.split),
    created_at: r.createdAt.toISOString(),
    uploaded_at: r.uploadedAt.toISOString(),
    last_used_at: r.lastUsedAt?.toISOString() ?? null,
  }),
  read: z
    .object({
      fingerprint: z.string(),
      type: instanceTypeSchema,
      architecture: z.string(),
      filename: z.string(),
      size: z.number(),
      public: boolean,
      properties: json(z.record(z.string(), z.string())),
      split: boolean,
      created_at: date,
      uploaded_at: date,
      last_used_at: date.nullable(),
    })
    .transform(({ created_at, uploaded_at, last_used_at, ...row }) => ({
      ...row,
      createdAt: created_at,
      uploadedAt: uploaded_at,
      ...lastUsed(last_used_at),
    })),
};

export const aliasLayout: TableLayout<AliasRecord, Pick<AliasRecord, "name" | "type">> = {
  table: "aliases",
  key: ["name", "type"],
  orderBy: ["name", "type"],
  keyValues: ({ name, type }) => [name, type],
  write: ({ name, type, fingerprint, description }) => ({ name, type, fingerprint, description }),
  read: z.object({ name: z.string(), type: instanceTypeSchema, fingerprint: z.string(), description: z.string() }),
};

export const profileLayout: TableLayout<ProfileRecord, Pick<ProfileRecord, "project" | "name">> = {
  table: "profiles",
  key: ["project", "name"],
  orderBy: ["project", "name"],
  keyValues: ({ project, name }) => [project, name],
  write: (r) => ({
    project: r.project,
    name: r.name,
    description: r.description,
    config: JSON.stringify(r.config),
    devices: JSON.stringify(r.devices),
  }),
  read: z.object({
    project: z.string(),
    name: z.string(),
    description: z.string(),
    config: json(configSchema),
    devices: json(devicesSchema),
  }),
};

export const networkLayout: TableLayout<NetworkRecord, string> = {
  table: "networks",
  key: ["name"],
  orderBy: ["name"],
  keyValues: (name) => [name],
  write: (r) => ({
    name: r.name,
    description: r.description,
    config: JSON.stringify(r.config),
    forwards: JSON.stringify(r.forwards),
  }),
  read: z.object({
    name: z.string(),
    description: z.string(),
    config: json(configSchema),
    forwards: json(
      z.array(
        z.object({
          listen: z.string(),
          description: z.string(),
          config: configSchema,
          ports: z.array(networkForwardPortSchema),
        }),
      ),
    ),
  }),
};

export const poolLayout: TableLayout<PoolRecord, string> = {
  table: "pools",
  key: ["name"],
  orderBy: ["name"],
  keyValues: (name) => [name],
  write: (r) => ({
    name: r.name,
    driver: r.driver,
    description: r.description,
    config: JSON.stringify(r.config),
    life: r.life,
  }),
  read: z.object({
    name: z.string(),
    driver: z.string(),
    description: z.string(),
    config: json(configSchema),
    life,
  }),
};

export const volumeLayout: TableLayout<VolumeRecord, VolumeId> = {
  table: "volumes",
  key: ["id"],
  orderBy: ["pool", "project", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    pool: r.pool,
    project: r.project,
    name: r.name,
    content_type: r.contentType,
    description: r.description,
    config: JSON.stringify(r.config),
    life: r.life,
    created_at: r.createdAt.toISOString(),
    restoring: r.restoring ?? null,
  }),
  read: z
    .object({
      id: volumeId,
      pool: z.string(),
      project: z.string(),
      name: z.string(),
      content_type: volumeContentTypeSchema,
      description: z.string(),
      config: json(configSchema),
      life: z.enum(["creating", "present", "deleting"]),
      created_at: date,
      restoring: snapshotId.nullable(),
    })
    .transform(({ content_type, created_at, restoring, ...row }) => ({
      ...row,
      contentType: content_type,
      createdAt: created_at,
      ...(restoring !== null && { restoring }),
    })),
};

export const volumeSnapshotLayout: TableLayout<VolumeSnapshotRecord, SnapshotId> = {
  table: "volume_snapshots",
  key: ["id"],
  orderBy: ["volume", "created_at", "name"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    volume: r.volume,
    name: r.name,
    description: r.description,
    config: JSON.stringify(r.config),
    life: r.life,
    created_at: r.createdAt.toISOString(),
    expires_at: r.expiresAt?.toISOString() ?? null,
  }),
  read: z
    .object({
      id: snapshotId,
      volume: volumeId,
      name: z.string(),
      description: z.string(),
      config: json(configSchema),
      life: z.enum(["creating", "present", "deleting"]),
      created_at: date,
      expires_at: date.nullable(),
    })
    .transform(({ created_at, expires_at, ...row }) => ({
      ...row,
      createdAt: created_at,
      ...(expires_at !== null && { expiresAt: expires_at }),
    })),
};

export const operationLayout: TableLayout<OperationRecord, string> = {
  table: "operations",
  key: ["id"],
  orderBy: ["id"],
  keyValues: (id) => [id],
  write: (r) => ({
    id: r.id,
    description: r.description,
    resources: JSON.stringify(r.resources),
    created_at: r.createdAt.toISOString(),
  }),
  read: z
    .object({
      id: z.string(),
      description: z.string(),
      resources: json(z.record(z.string(), z.array(z.string()))),
      created_at: date,
    })
    .transform(({ created_at, ...row }) => ({ ...row, createdAt: created_at })),
};

export const settingLayout: TableLayout<{ readonly key: string; readonly value: string }, string> = {
  table: "settings",
  key: ["key"],
  orderBy: ["key"],
  keyValues: (key) => [key],
  write: ({ key, value }) => ({ key, value }),
  read: z.object({ key: z.string(), value: z.string() }),
};
