import { type Pool, type PoolPut, poolCreateSchema, poolPutSchema } from "@lodge/api";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { created, done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { parseFilter } from "../filter.ts";
import { listQuerySchema, nameParamsSchema, shownUrls, url } from "../query.ts";

/** `force`: a pool that is not available goes with all that lay in it (extension `lodge_storage_force_delete`). */
const deleteQuerySchema = z.object({ force: z.stringbool().default(false) });

export async function poolRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const { pools } = services;
  const schema = { params: nameParamsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const all = (await pools.list()).map((each) => shown(request, each)).filter(parseFilter(request.query.filter));
    return sync(request.query.recursion === 0 ? all.map(({ name }) => url("storage-pools", name)) : all);
  });

  app.post("/", { schema: { body: poolCreateSchema } }, async (request, reply) => {
    await pools.create(request.body);
    return created(reply, url("storage-pools", request.body.name));
  });

  app.get("/:name", { schema }, async (request, reply) => {
    const pool = await pools.get(request.params.name);
    reply.header("etag", poolEtag(pool));
    return sync(shown(request, pool));
  });

  app.put("/:name", { schema: { ...schema, body: poolPutSchema } }, async (request) => {
    await pools.update(request.params.name, (pool) => {
      requireCurrent(request, pool);
      return request.body;
    });
    return done();
  });

  app.patch("/:name", { schema: { ...schema, body: poolPutSchema } }, async (request) => {
    await pools.update(request.params.name, (pool) => {
      requireCurrent(request, pool);
      return patched(pool, request.body);
    });
    return done();
  });

  app.delete("/:name", { schema: { ...schema, querystring: deleteQuerySchema } }, async (request) => {
    await pools.delete(request.params.name, request.query.force);
    return done();
  });

  app.get("/:name/resources", { schema }, async (request) => sync(await pools.resources(request.params.name)));
}

/** Who uses it is shown of the projects that the caller sees. */
function shown({ caller }: FastifyRequest, pool: Pool): Pool {
  return { ...pool, used_by: shownUrls(caller, pool.used_by) };
}

const poolEtag = ({ name, driver, description, config }: Pool): string => etag([name, driver, description, config]);

function requireCurrent(request: FastifyRequest, pool: Pool): void {
  requireMatch(request, poolEtag(pool), `Storage pool ${pool.name}`);
}

/** PATCH: what is given replaces or, in the configuration, joins what is there. */
function patched({ description, config }: Pool, change: PoolPut): PoolPut {
  return { description: change.description ?? description, config: { ...config, ...change.config } };
}
