import {
  type StorageVolume,
  type StorageVolumePut,
  storageVolumeCreateSchema,
  storageVolumePostSchema,
  storageVolumePutSchema,
} from "@lodge/api";
import type { VolumeName } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { accepted, created, done, sync } from "../envelope.ts";
import { requireMatch } from "../etag.ts";
import { beginMigration, sentTo } from "../migration/begin.ts";
import { createVolume } from "../migration/create-volume.ts";
import { asksForAll, atHome, listedHomes, listedProjects, listQuerySchema } from "../query.ts";
import { volumeList } from "../volume-list.ts";
import { volumeEtag, volumeUrlOf } from "../volume-url.ts";

const poolParamsSchema = z.object({ pool: z.string().min(1) });
const volumeParamsSchema = poolParamsSchema.extend({ name: z.string().min(1) });

/** `/1.0/storage-pools/POOL/volumes`. An ISO comes by `volumeUploadRoutes`; what instances and images have is in `ownedVolumeRoutes`. */
export async function storageVolumeRoutes(app: Api, context: RouteContext): Promise<void> {
  const { services } = context;
  atHome(app, services.projects, "features.storage.volumes");
  const { volumes, ownedVolumes, volumeSnapshots } = services;
  const schema = { params: volumeParamsSchema };

  for (const url of ["/:pool/volumes", "/:pool/volumes/custom"]) {
    app.get(url, { schema: { params: poolParamsSchema, querystring: listQuerySchema } }, async (request) => {
      const projects = await listedHomes(request, services.projects, "features.storage.volumes");
      const all = await Promise.all(projects.map((project) => volumes.list(project, request.params.pool)));
      if (url === "/:pool/volumes") {
        const users = asksForAll(request) ? await listedProjects(request, services.projects) : [request.namedProject];
        all.push(...(await Promise.all(users.map((user) => ownedVolumes.list(user, request.params.pool)))));
      }
      return sync(volumeList(all.flat(), request.query));
    });
  }

  const createSchema = { params: poolParamsSchema, body: storageVolumeCreateSchema };
  app.post("/:pool/volumes", { schema: createSchema }, async (request, reply) => {
    const { project, params, body } = request;
    const operation = await createVolume(context, request, params.pool, body);
    if (operation) return accepted(reply, operation);
    return created(reply, urlOf({ pool: params.pool, name: body.name, project }));
  });

  app.get("/:pool/volumes/custom/:name", { schema }, async (request, reply) => {
    const volume = await volumes.get(named(request));
    reply.header("etag", volumeEtag(volume));
    return sync(volume);
  });

  const putSchema = { ...schema, body: storageVolumePutSchema };
  app.put("/:pool/volumes/custom/:name", { schema: putSchema }, async (request) => {
    const { body } = request;
    if (body.restore) {
      const current = await volumes.get(named(request));
      requireCurrent(request, current);
      await volumeSnapshots.restore(named(request), body.restore);
      return done();
    }
    await volumes.update(named(request), (volume) => {
      requireCurrent(request, volume);
      return body;
    });
    return done();
  });

  app.patch("/:pool/volumes/custom/:name", { schema: putSchema }, async (request) => {
    await volumes.update(named(request), (volume) => {
      requireCurrent(request, volume);
      return patched(volume, request.body);
    });
    return done();
  });

  app.post(
    "/:pool/volumes/custom/:name",
    { schema: { ...schema, body: storageVolumePostSchema } },
    async (request, reply) => {
      const { pool, project, migration, name, volume_only, target } = request.body;
      const from = named(request);
      if (migration) {
        const side = await services.migrations.sendVolume({ ...from, volumeOnly: volume_only === true });
        return accepted(reply, await beginMigration(context, from.project, side, sentTo(target)));
      }
      const home = project ? await services.projects.home(project, "features.storage.volumes") : from.project;
      const to = { pool: pool || from.pool, project: home, name };
      if (to.pool !== from.pool || to.project !== from.project) return accepted(reply, await volumes.move(from, to));
      await volumes.rename(from, name);
      return created(reply, urlOf({ ...from, name }));
    },
  );

  app.delete("/:pool/volumes/custom/:name", { schema }, async (request) => {
    await volumes.delete(named(request));
    return done();
  });

  app.get("/:pool/volumes/custom/:name/state", { schema }, async (request) =>
    sync(await volumes.state(named(request))),
  );
}

type Named = FastifyRequest & { readonly params: z.infer<typeof volumeParamsSchema> };

const named = ({ project, params: { pool, name } }: Pick<Named, "project" | "params">): VolumeName => ({
  ...{ pool, project, name },
});

const urlOf = (volume: VolumeName): string => volumeUrlOf({ ...volume, type: "custom" });

function requireCurrent(request: FastifyRequest, volume: StorageVolume): void {
  requireMatch(request, volumeEtag(volume), `Volume ${volume.name}`);
}

/** PATCH: what is given replaces or, in the configuration, joins what is there. */
function patched({ description, config }: StorageVolume, change: StorageVolumePut): StorageVolumePut {
  return { description: change.description ?? description, config: { ...config, ...change.config } };
}
