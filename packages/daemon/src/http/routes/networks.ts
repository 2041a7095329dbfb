import { type Network, type NetworkPut, networkCreateSchema, networkPutSchema, networkRenameSchema } from "@lodge/api";
import type { FastifyRequest } from "fastify";
import type { Api, RouteContext } from "../api.ts";
import { created, done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { parseFilter } from "../filter.ts";
import { listQuerySchema, nameParamsSchema, shownUrls, url } from "../query.ts";

export async function networkRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const { networks } = services;
  const schema = { params: nameParamsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const all = (await networks.list()).map((each) => shown(request, each)).filter(parseFilter(request.query.filter));
    return sync(request.query.recursion === 0 ? all.map(({ name }) => url("networks", name)) : all);
  });

  app.post("/", { schema: { body: networkCreateSchema } }, async (request, reply) => {
    await networks.create(request.body);
    return created(reply, url("networks", request.body.name));
  });

  app.get("/:name", { schema }, async (request, reply) => {
    const network = await networks.get(request.params.name);
    reply.header("etag", networkEtag(network));
    return sync(shown(request, network));
  });

  app.put("/:name", { schema: { ...schema, body: networkPutSchema } }, async (request) => {
    await networks.update(request.params.name, (network) => {
      requireCurrent(request, network);
      return request.body;
    });
    return done();
  });

  app.patch("/:name", { schema: { ...schema, body: networkPutSchema } }, async (request) => {
    await networks.update(request.params.name, (network) => {
      requireCurrent(request, network);
      return patched(network, request.body);
    });
    return done();
  });

  app.post("/:name", { schema: { ...schema, body: networkRenameSchema } }, async (request, reply) => {
    await networks.rename(request.params.name, request.body.name);
    return created(reply, url("networks", request.body.name));
  });

  app.delete("/:name", { schema }, async (request) => {
    await networks.delete(request.params.name);
    return done();
  });

  app.get("/:name/state", { schema }, async (request) => sync(await networks.state(request.params.name)));

  app.get("/:name/leases", { schema }, async (request) => sync(await networks.leases(request.params.name)));
}

/** Who uses it is shown of the projects that the caller sees. */
function shown({ caller }: FastifyRequest, network: Network): Network {
  return { ...network, used_by: shownUrls(caller, network.used_by) };
}

const networkEtag = ({ name, managed, type, description, config }: Network): string =>
  etag([name, managed, type, description, config]);

function requireCurrent(request: FastifyRequest, network: Network): void {
  requireMatch(request, networkEtag(network), `Network ${network.name}`);
}

/** PATCH: what is given replaces or, in the configuration, joins what is there. */
function patched({ description, config }: Network, change: NetworkPut): NetworkPut {
  return { description: change.description ?? description, config: { ...config, ...change.config } };
}
