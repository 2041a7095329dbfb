import { imageProtocolSchema, instanceTypeSchema, metadataTemplatesSchema } from "@lodge/api";
import type { ImageSourceRecord, ProjectAliasRecord, ProjectImageRecord } from "@lodge/core";
import { z } from "zod";
import { bit, boolean, date, json, lastUsed } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

const sourceSchema: z.ZodType<ImageSourceRecord> = z
  .object({
    server: z.string(),
    protocol: imageProtocolSchema,
    alias: z.string(),
    certificate: z.string().optional(),
    project: z.string().optional(),
  })
  .transform(({ certificate, project, ...row }) => ({
    ...row,
    ...(certificate !== undefined && { certificate }),
    ...(project !== undefined && { project }),
  }));

export const imageLayout: TableLayout<ProjectImageRecord, Pick<ProjectImageRecord, "project" | "fingerprint">> = {
  table: "images",
  key: ["project", "fingerprint"],
  orderBy: ["fingerprint", "project"],
  keyValues: ({ project, fingerprint }) => [project, fingerprint],
  write: (r) => ({
    project: r.project,
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
    cached: bit(r.cached),
    auto_update: bit(r.autoUpdate),
    expires_at: r.expiresAt?.toISOString() ?? null,
    profiles: r.profiles ? JSON.stringify(r.profiles) : null,
    templates: r.templates ? JSON.stringify(r.templates) : null,
    source: r.source ? JSON.stringify(r.source) : null,
  }),
  read: z
    .object({
      project: z.string(),
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
      cached: boolean,
      auto_update: boolean,
      expires_at: date.nullable(),
      source: json(sourceSchema).nullable(),
      profiles: json(z.array(z.string())).nullable(),
      templates: json(
        z.object({ entries: metadataTemplatesSchema, files: z.record(z.string(), z.string()) }),
      ).nullable(),
    })
    .transform(
      ({ created_at, uploaded_at, last_used_at, auto_update, expires_at, source, profiles, templates, ...row }) => ({
        ...row,
        createdAt: created_at,
        uploadedAt: uploaded_at,
        ...lastUsed(last_used_at),
        autoUpdate: auto_update,
        ...(expires_at !== null && { expiresAt: expires_at }),
        ...(source !== null && { source }),
        ...(profiles !== null && { profiles }),
        ...(templates !== null && { templates }),
      }),
    ),
};

type AliasKey = Pick<ProjectAliasRecord, "project" | "name" | "type">;

export const aliasLayout: TableLayout<ProjectAliasRecord, AliasKey> = {
  table: "aliases",
  key: ["project", "name", "type"],
  orderBy: ["project", "name", "type"],
  keyValues: ({ project, name, type }) => [project, name, type],
  write: ({ project, name, type, fingerprint, description }) => ({ project, name, type, fingerprint, description }),
  read: z.object({
    ...{ project: z.string(), name: z.string(), type: instanceTypeSchema },
    ...{ fingerprint: z.string(), description: z.string() },
  }),
};
