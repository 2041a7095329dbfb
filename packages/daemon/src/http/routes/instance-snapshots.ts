import {
  type InstanceSnapshot,
  snapshotCreateSchema,
  snapshotNameSchema,
  snapshotPostSchema,
  snapshotPutSchema,
} from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { accepted, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { beginMigration, sentTo } from "../migration/begin.ts";
import { instanceParamsSchema } from "../query.ts";

const listQuerySchema = z.object({ recursion: z.coerce.number().int().min(0).max(2).default(0) });
const snapshotParamsSchema = instanceParamsSchema.extend({ snapshot: snapshotNameSchema });

/** `…/NAME/snapshots`. Restoring one is a `PUT` of the instance. */
export async function instanceSnapshotRoutes(app: Api, context: RouteContext): Promise<void> {
  const { services } = context;
  const { snapshots } = services;
  const schema = { params: instanceParamsSchema };
  const oneSchema = { params: snapshotParamsSchema };

  app.get("/:name/snapshots", { schema: { ...schema, querystring: listQuerySchema } }, async (request) => {
    const { project, params } = request;
    const all = await snapshots.list(project, params.name);
    if (request.query.recursion > 0) return sync(all);
    return sync(all.map((snapshot) => snapshotUrl(params.name, snapshot, project)));
  });

  app.post("/:name/snapshots", { schema: { ...schema, body: snapshotCreateSchema } }, async (request, reply) =>
    accepted(reply, await snapshots.create(request.project, request.params.name, request.body)),
  );

  app.get("/:name/snapshots/:snapshot", { schema: oneSchema }, async (request, reply) => {
    const snapshot = await snapshots.get(request.project, request.params.name, request.params.snapshot);
    reply.header("etag", snapshotEtag(snapshot));
    return sync(snapshot);
  });

  for (const method of ["PUT", "PATCH"] as const) {
    app.route({
      method,
      url: "/:name/snapshots/:snapshot",
      schema: { ...oneSchema, body: snapshotPutSchema },
      handler: async (request, reply) => {
        const { project, params, body } = request;
        const now = await snapshots.get(project, params.name, params.snapshot);
        requireMatch(request, snapshotEtag(now), `Snapshot ${params.snapshot} of ${params.name}`);
        return accepted(reply, await snapshots.update(project, params.name, params.snapshot, body));
      },
    });
  }

  app.post(
    "/:name/snapshots/:snapshot",
    { schema: { ...oneSchema, body: snapshotPostSchema } },
    async (request, reply) => {
      const { project, params, body } = request;
      if (body.migration) {
        const what = { project, ...params, instanceOnly: true, live: body.live === true };
        const side = await services.migrations.sendInstance(what);
        return accepted(reply, await beginMigration(context, project, side, sentTo(body.target)));
      }
      return accepted(reply, await snapshots.rename(project, params.name, params.snapshot, body));
    },
  );

  app.delete("/:name/snapshots/:snapshot", { schema: oneSchema }, async (request, reply) => {
    const { project, params } = request;
    return accepted(reply, await snapshots.delete(project, params.name, params.snapshot));
  });
}

/** Covers what `PUT` may change. */
const snapshotEtag = (snapshot: InstanceSnapshot): string => etag([snapshot.expires_at]);

function snapshotUrl(instance: string, { name }: InstanceSnapshot, project: string): string {
  const path = `/1.0/instances/${encodeURIComponent(instance)}/snapshots/${encodeURIComponent(name)}`;
  return project === "default" ? path : `${path}?project=${encodeURIComponent(project)}`;
}
