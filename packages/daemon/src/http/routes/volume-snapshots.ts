import {
  type StorageVolumeSnapshot,
  snapshotNameSchema,
  volumeSnapshotCreateSchema,
  volumeSnapshotPostSchema,
  volumeSnapshotPutSchema,
} from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { accepted, done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { atHome } from "../query.ts";
import { volumeUrlOf } from "../volume-url.ts";

const listQuerySchema = z.object({ recursion: z.coerce.number().int().min(0).max(2).default(0) });
const volumeParamsSchema = z.object({ pool: z.string().min(1), name: z.string().min(1) });
const snapshotParamsSchema = volumeParamsSchema.extend({ snapshot: snapshotNameSchema });

/** `…/volumes/custom/NAME/snapshots`. Restoring one is a `PUT` of the volume. */
export async function volumeSnapshotRoutes(app: Api, { services }: RouteContext): Promise<void> {
  atHome(app, services.projects, "features.storage.volumes");
  const { volumeSnapshots } = services;
  const all = "/:pool/volumes/custom/:name/snapshots";
  const one = `${all}/:snapshot`;
  const schema = { params: volumeParamsSchema };
  const oneSchema = { params: snapshotParamsSchema };

  app.get(all, { schema: { ...schema, querystring: listQuerySchema } }, async (request) => {
    const { project, params } = request;
    const snapshots = await volumeSnapshots.list({ ...params, project });
    if (request.query.recursion > 0) return sync(snapshots);
    const { pool } = params;
    return sync(snapshots.map(({ name }) => volumeUrlOf({ pool, project, type: "custom", name })));
  });

  app.post(all, { schema: { ...schema, body: volumeSnapshotCreateSchema } }, async (request, reply) => {
    const { project, params, body } = request;
    return accepted(reply, await volumeSnapshots.create({ ...params, project }, body));
  });

  app.get(one, { schema: oneSchema }, async (request, reply) => {
    const { project, params } = request;
    const snapshot = await volumeSnapshots.get({ ...params, project }, params.snapshot);
    reply.header("etag", snapshotEtag(snapshot));
    return sync(snapshot);
  });

  for (const method of ["PUT", "PATCH"] as const) {
    app.route({
      method,
      url: one,
      schema: { ...oneSchema, body: volumeSnapshotPutSchema },
      handler: async (request) => {
        const { project, params, body } = request;
        const volume = { ...params, project };
        const now = await volumeSnapshots.get(volume, params.snapshot);
        requireMatch(request, snapshotEtag(now), `Snapshot ${params.snapshot} of volume ${params.name}`);
        await volumeSnapshots.update(volume, params.snapshot, body);
        return done();
      },
    });
  }

  app.post(one, { schema: { ...oneSchema, body: volumeSnapshotPostSchema } }, async (request, reply) => {
    const { project, params, body } = request;
    return accepted(reply, await volumeSnapshots.rename({ ...params, project }, params.snapshot, body.name));
  });

  app.delete(one, { schema: oneSchema }, async (request, reply) => {
    const { project, params } = request;
    return accepted(reply, await volumeSnapshots.delete({ ...params, project }, params.snapshot));
  });
}

const snapshotEtag = ({ description, expires_at }: StorageVolumeSnapshot): string => etag([description, expires_at]);
