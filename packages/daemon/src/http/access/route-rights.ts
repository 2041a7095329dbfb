import type { Right } from "@lodge/core";

/**
 * What a route asks of its caller. In a plain right the project is the request's. Otherwise:
 * - `list`: to view the project or, asked for all projects, any; the route then shows those that the caller may see,
 * - `image:upload`: `image:manage`, or the secret of an image that another server is to send,
 * - `operation:follow`: `operation:view`, or the secret of whoever sent what the operation is about,
 * - `operation:…`: of the project that the operation in the path belongs to,
 * - `image:…`, `profile:…`, `volume:…`: also of the project whose images, profiles or custom volumes the request's project uses.
 */
export type RouteRight =
  | Right
  | "list"
  | "operation:view"
  | "operation:operate"
  | "operation:follow"
  | "image:manage"
  | "image:upload"
  | "profile:manage"
  | "volume:manage"
  | "volume:operate";

type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** By path and method. A route that is not in here cannot be made: `rightOf` throws when it is registered. */
export const routeRights: Readonly<Record<string, Partial<Readonly<Record<Method, RouteRight>>>>> = {
  "/": { GET: "public" },
  "/1.0": { GET: "public", PUT: "administer", PATCH: "administer" },
  "/1.0/openapi.json": { GET: "identified" },
  "/api": { GET: "identified" },
  // Strangers show a token; all but those who are trusted with everything see and renew themselves.
  "/1.0/certificates": { GET: "identified", POST: "public" },
  "/1.0/certificates/:fingerprint": {
    ...{ GET: "identified", PUT: "identified", PATCH: "identified", DELETE: "identified" },
  },
  "/1.0/lodge/certificate": { POST: "administer" },
  "/1.0/cluster": { GET: "identified" },
  "/1.0/metadata/configuration": { GET: "identified" },
  "/1.0/warnings": { GET: "administer" },
  "/1.0/warnings/:uuid": { GET: "administer", PUT: "administer", PATCH: "administer", DELETE: "administer" },
  "/1.0/metrics": { GET: "metrics" },
  "/1.0/usage": { GET: "list" },
  "/1.0/history": { GET: "administer" },
  // With what the caller may see.
  "/1.0/governor": { GET: "identified" },
  "/1.0/governor/log": { GET: "list" },
  "/1.0/resources": { GET: "identified" },
  "/1.0/lodge/host": { GET: "identified" },
  "/1.0/lodge/host/shutdown": { POST: "administer" },
  "/1.0/events": { GET: "list" },

  // Files, the same for everybody; who opens them signs in with the next.
  "/ui": { GET: "public" },
  "/ui/*": { GET: "public" },
  "/1.0/lodge/console/link": { POST: "identified" },
  "/1.0/lodge/console/session": { GET: "public", POST: "public", DELETE: "public" },

  "/1.0/operations": { GET: "list" },
  "/1.0/operations/:id": { GET: "operation:view", DELETE: "operation:operate" },
  "/1.0/operations/:id/wait": { GET: "operation:follow" },
  // Who opens it has a secret that was told to whoever began the operation alone: another daemon, perhaps.
  "/1.0/operations/:id/websocket": { GET: "public" },

  "/1.0/instances": { GET: "list", POST: "manage", PUT: "operate" },
  // What is restored is its configuration as well.
  "/1.0/instances/:name": { GET: "view", PUT: "manage", PATCH: "manage", POST: "manage", DELETE: "manage" },
  "/1.0/instances/:name/rebuild": { POST: "manage" },
  "/1.0/instances/:name/fork": { POST: "manage" },
  "/1.0/instances/:name/state": { GET: "view", PUT: "operate" },
  "/1.0/instances/:name/history": { GET: "view" },
  "/1.0/instances/:name/exec": { POST: "operate" },
  // What a guest wrote or shows may be as secret as its files.
  "/1.0/instances/:name/console": { GET: "operate", POST: "operate", DELETE: "operate" },
  "/1.0/instances/:name/keys": { POST: "operate" },
  "/1.0/instances/:name/screenshot": { GET: "operate" },
  "/1.0/instances/:name/files": {
    ...{ GET: "operate", HEAD: "operate", POST: "operate", PATCH: "operate", DELETE: "operate" },
  },
  "/1.0/instances/:name/sftp": { GET: "operate" },
  "/1.0/instances/:name/metadata": { GET: "view", PUT: "manage", PATCH: "manage" },
  "/1.0/instances/:name/metadata/templates": { GET: "view", POST: "manage", DELETE: "manage" },
  "/1.0/instances/:name/logs": { GET: "view" },
  "/1.0/instances/:name/logs/:file": { GET: "view", DELETE: "operate" },
  "/1.0/instances/:name/logs/exec-output": { GET: "operate" },
  "/1.0/instances/:name/logs/exec-output/:file": { GET: "operate", DELETE: "operate" },
  "/1.0/instances/:name/snapshots": { GET: "view", POST: "operate" },
  "/1.0/instances/:name/snapshots/:snapshot": {
    ...{ GET: "view", PUT: "operate", PATCH: "operate", POST: "operate", DELETE: "operate" },
  },
  "/1.0/instances/:name/backups": { GET: "view", POST: "operate" },
  "/1.0/instances/:name/backups/:backup": { GET: "view", POST: "operate", DELETE: "operate" },
  "/1.0/instances/:name/backups/:backup/export": { GET: "operate" },

  "/1.0/images": { GET: "public", POST: "image:upload" },
  "/1.0/images/:fingerprint": { GET: "public", PUT: "image:manage", PATCH: "image:manage", DELETE: "image:manage" },
  // Where the daemon connects to is its administrator's to say.
  "/1.0/images/:fingerprint/export": { GET: "public", POST: "administer" },
  "/1.0/images/:fingerprint/secret": { POST: "image:manage" },
  "/1.0/images/:fingerprint/refresh": { POST: "image:manage" },
  "/1.0/images/aliases": { GET: "public", POST: "image:manage" },
  "/1.0/images/aliases/*": {
    ...{ GET: "public", PUT: "image:manage", PATCH: "image:manage", POST: "image:manage", DELETE: "image:manage" },
  },
  // A definition's text is run by the host.
  "/1.0/images/build": { POST: "administer" },
  "/1.0/images/remote": { GET: "administer" },
  "/1.0/images/definitions": { GET: "identified" },

  "/1.0/networks": { GET: "identified", POST: "administer" },
  "/1.0/networks/:name": {
    ...{ GET: "identified", PUT: "administer", PATCH: "administer", POST: "administer", DELETE: "administer" },
  },
  "/1.0/networks/:name/state": { GET: "identified" },
  "/1.0/networks/:name/leases": { GET: "administer" },
  "/1.0/networks/:name/forwards": { GET: "administer", POST: "administer" },
  "/1.0/networks/:name/forwards/:address": {
    ...{ GET: "administer", PUT: "administer", PATCH: "administer", DELETE: "administer" },
  },

  "/1.0/storage-pools": { GET: "identified", POST: "administer" },
  "/1.0/storage-pools/:name": { GET: "identified", PUT: "administer", PATCH: "administer", DELETE: "administer" },
  "/1.0/storage-pools/:name/resources": { GET: "identified" },
  "/1.0/storage-pools/:pool/volumes": { GET: "list", POST: "volume:manage" },
  "/1.0/storage-pools/:pool/volumes/:type": { GET: "list" },
  "/1.0/storage-pools/:pool/volumes/:type/:name": { GET: "view" },
  "/1.0/storage-pools/:pool/volumes/:type/:name/state": { GET: "view" },
  "/1.0/storage-pools/:pool/volumes/:type/:name/snapshots": { GET: "view" },
  "/1.0/storage-pools/:pool/volumes/:type/:name/snapshots/:snapshot": { GET: "view" },
  "/1.0/storage-pools/:pool/volumes/custom": { GET: "list", POST: "volume:manage" },
  "/1.0/storage-pools/:pool/volumes/custom/:name": {
    ...{ GET: "view", PUT: "volume:manage", PATCH: "volume:manage", POST: "volume:manage", DELETE: "volume:manage" },
  },
  "/1.0/storage-pools/:pool/volumes/custom/:name/state": { GET: "view" },
  "/1.0/storage-pools/:pool/volumes/custom/:name/files": {
    ...{ GET: "volume:operate", HEAD: "volume:operate", POST: "volume:operate", DELETE: "volume:operate" },
  },
  "/1.0/storage-pools/:pool/volumes/custom/:name/sftp": { GET: "volume:operate" },
  "/1.0/storage-pools/:pool/volumes/custom/:name/snapshots": { GET: "view", POST: "volume:operate" },
  "/1.0/storage-pools/:pool/volumes/custom/:name/snapshots/:snapshot": {
    ...{
      GET: "view",
      PUT: "volume:operate",
      PATCH: "volume:operate",
      POST: "volume:operate",
      DELETE: "volume:operate",
    },
  },
  "/1.0/storage-pools/:pool/volumes/custom/:name/backups": { GET: "view", POST: "volume:operate" },
  "/1.0/storage-pools/:pool/volumes/custom/:name/backups/:backup": {
    GET: "view",
    POST: "volume:operate",
    DELETE: "volume:operate",
  },
  "/1.0/storage-pools/:pool/volumes/custom/:name/backups/:backup/export": { GET: "volume:operate" },

  "/1.0/profiles": { GET: "list", POST: "profile:manage" },
  "/1.0/profiles/:name": {
    ...{ GET: "view", PUT: "profile:manage", PATCH: "profile:manage" },
    ...{ POST: "profile:manage", DELETE: "profile:manage" },
  },

  // The list shows those that the caller may see; what projects allow is not for those who are held by it.
  "/1.0/projects": { GET: "identified", POST: "administer" },
  "/1.0/projects/:name": {
    ...{ GET: "identified", PUT: "administer", PATCH: "administer", POST: "administer", DELETE: "administer" },
  },
  "/1.0/projects/:name/state": { GET: "identified" },

  "/1.0/templates": { GET: "list", POST: "manage" },
  "/1.0/templates/:id": { GET: "view", DELETE: "manage" },
};

/** What a route asks for, by its method and by its path as it was registered. */
export function rightOf(method: string, path: string): RouteRight {
  const right = routeRights[canonicalPath(path)]?.[method as Method];
  if (right) return right;
  throw new Error(`${method} ${path} says nowhere who may call it: add it to http/access/route-rights.ts`);
}

/** Instances have three nouns, and whether a path ends with a slash does not matter. */
export function canonicalPath(path: string): string {
  return path.replace(/^\/1\.0\/(containers|virtual-machines)(?=\/|$)/, "/1.0/instances").replace(/(?<=.)\/$/, "");
}
