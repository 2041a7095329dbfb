import type { Api, RouteContext } from "../api.ts";
import { sync } from "../envelope.ts";
import { notSupported } from "../errors.ts";
import { etag } from "../etag.ts";
import { listQuerySchema, nameParamsSchema, url } from "../query.ts";

export async function poolRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const schema = { params: nameParamsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const pools = await services.pools.list();
    return sync(request.query.recursion === 0 ? pools.map(({ name }) => url("storage-pools", name)) : pools);
  });

  app.get("/:name", { schema }, async (request, reply) => {
    const pool = await services.pools.get(request.params.name);
    reply.header("etag", etag([pool.name, pool.driver, pool.description, pool.config]));
    return sync(pool);
  });

  app.get("/:name/resources", { schema }, async (request) => sync(await services.pools.resources(request.params.name)));

  app.post("/", async () => notSupported("Creating a storage pool"));
  for (const method of ["put", "patch", "delete"] as const) {
    app[method]("/:name", { schema }, async () => notSupported("Changing a storage pool"));
  }
}
