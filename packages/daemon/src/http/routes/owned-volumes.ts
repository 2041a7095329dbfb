import { snapshotNameSchema, storageVolumeTypeSchema } from "@lodge/api";
import type { OwnedVolumeName } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { sync } from "../envelope.ts";
import { listedProjects, listQuerySchema } from "../query.ts";
import { volumeList } from "../volume-list.ts";
import { volumeEtag, volumeUrlOf } from "../volume-url.ts";

const typeParamsSchema = z.object({
  pool: z.string().min(1),
  type: storageVolumeTypeSchema.exclude(["custom"]),
});
const ownedParamsSchema = typeParamsSchema.extend({ name: z.string().min(1) });

/** `/1.0/storage-pools/POOL/volumes/TYPE`, of what instances and images have: they change with those alone. */
export async function ownedVolumeRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const { ownedVolumes, projects } = services;
  const schema = { params: ownedParamsSchema };

  app.get(
    "/:pool/volumes/:type",
    { schema: { params: typeParamsSchema, querystring: listQuerySchema } },
    async (request) => {
      const { pool, type } = request.params;
      const shown = await listedProjects(request, projects);
      const all = (await Promise.all(shown.map((project) => ownedVolumes.list(project, pool)))).flat();
      return sync(
        volumeList(
          all.filter((volume) => volume.type === type),
          request.query,
        ),
      );
    },
  );

  app.get("/:pool/volumes/:type/:name", { schema }, async (request, reply) => {
    const volume = await ownedVolumes.get(named(request));
    reply.header("etag", volumeEtag(volume));
    return sync(volume);
  });

  const snapshotsSchema = { ...schema, querystring: listQuerySchema };
  app.get("/:pool/volumes/:type/:name/snapshots", { schema: snapshotsSchema }, async (request) => {
    const volume = named(request);
    const all = await ownedVolumes.snapshots(volume);
    if (request.query.recursion > 0) return sync(all);
    return sync(all.map(({ name }) => volumeUrlOf({ ...volume, name })));
  });

  const snapshotSchema = { params: ownedParamsSchema.extend({ snapshot: snapshotNameSchema }) };
  app.get("/:pool/volumes/:type/:name/snapshots/:snapshot", { schema: snapshotSchema }, async (request) =>
    sync(await ownedVolumes.snapshot(named(request), request.params.snapshot)),
  );

  app.get("/:pool/volumes/:type/:name/state", { schema }, async (request) =>
    sync(await ownedVolumes.state(named(request))),
  );
}

type Named = Pick<FastifyRequest, "project"> & { readonly params: z.infer<typeof ownedParamsSchema> };

const named = ({ project, params: { pool, type, name } }: Named): OwnedVolumeName => ({ project, pool, type, name });
