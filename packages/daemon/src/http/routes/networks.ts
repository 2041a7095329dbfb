import type { Api, RouteContext } from "../api.ts";
import { sync } from "../envelope.ts";
import { notSupported } from "../errors.ts";
import { etag } from "../etag.ts";
import { parseFilter } from "../filter.ts";
import { listQuerySchema, nameParamsSchema, url } from "../query.ts";

export async function networkRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const schema = { params: nameParamsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const networks = (await services.networks.list()).filter(parseFilter(request.query.filter));
    return sync(request.query.recursion === 0 ? networks.map(({ name }) => url("networks", name)) : networks);
  });

  app.get("/:name", { schema }, async (request, reply) => {
    const network = await services.networks.get(request.params.name);
    reply.header("etag", etag([network.name, network.managed, network.type, network.description, network.config]));
    return sync(network);
  });

  app.get("/:name/leases", { schema }, async (request) => sync(await services.networks.leases(request.params.name)));

  app.post("/", async () => notSupported("Creating a network"));
  for (const method of ["put", "patch", "post", "delete"] as const) {
    app[method]("/:name", { schema }, async () => notSupported("Changing a network"));
  }
}
