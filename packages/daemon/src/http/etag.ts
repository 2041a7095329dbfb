import { createHash } from "node:crypto";
import { type Image, LodgeError } from "@lodge/api";
import { type EditableInstance, withoutLastPower } from "@lodge/core";
import type { FastifyRequest } from "fastify";

/** The quoted ETag of a value. Keys of objects may come in any order. */
export function etag(value: unknown): string {
  return `"${createHash("sha256").update(JSON.stringify(value, sortKeys)).digest("hex")}"`;
}

/** Covers what `PUT` may change, as LXD does: a change of state alone does not make a client's copy stale. */
export function instanceEtag(i: EditableInstance): string {
  return etag([i.architecture, withoutLastPower(i.config), i.devices, i.ephemeral, i.profiles]);
}

export function imageEtag(image: Image): string {
  return etag([image.public, image.auto_update, image.properties, image.profiles, image.expires_at]);
}

/** Throws `etag_mismatch` when the client's copy is not the current one. Without If-Match everything goes. */
export function requireMatch(request: FastifyRequest, current: string, object: string): void {
  const wanted = request.headers["if-match"];
  if (wanted === undefined) return;
  const tags = wanted.split(",").map((tag) => tag.trim().replace(/^W\//, "").replaceAll('"', ""));
  if (tags.includes("*") || tags.includes(current.replaceAll('"', ""))) return;
  throw new LodgeError({
    code: "etag_mismatch",
    message: `${object} changed since it was read; read it again and repeat the change.`,
  });
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
