import {
  type NetworkForward,
  type NetworkForwardPut,
  networkForwardCreateSchema,
  networkForwardPutSchema,
} from "@lodge/api";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { created, done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { listQuerySchema, nameParamsSchema, url } from "../query.ts";

const forwardParamsSchema = nameParamsSchema.extend({ address: z.string().min(1) });

/** `/1.0/networks/NAME/forwards` (extension `network_forward`). */
export async function networkForwardRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const forwards = services.networkForwards;
  const schema = { params: forwardParamsSchema };

  app.get("/", { schema: { params: nameParamsSchema, querystring: listQuerySchema } }, async (request) => {
    const { name } = request.params;
    const all = await forwards.list(name);
    return sync(request.query.recursion === 0 ? all.map((each) => forwardUrl(name, each.listen_address)) : all);
  });

  app.post("/", { schema: { params: nameParamsSchema, body: networkForwardCreateSchema } }, async (request, reply) => {
    const { name } = request.params;
    await forwards.create(name, request.body);
    return created(reply, forwardUrl(name, request.body.listen_address));
  });

  app.get("/:address", { schema }, async (request, reply) => {
    const forward = await forwards.get(request.params.name, request.params.address);
    reply.header("etag", forwardEtag(forward));
    return sync(forward);
  });

  app.put("/:address", { schema: { ...schema, body: networkForwardPutSchema } }, async (request) => {
    await forwards.update(request.params.name, request.params.address, (forward) => {
      requireCurrent(request, forward);
      return request.body;
    });
    return done();
  });

  app.patch("/:address", { schema: { ...schema, body: networkForwardPutSchema } }, async (request) => {
    await forwards.update(request.params.name, request.params.address, (forward) => {
      requireCurrent(request, forward);
      return patched(forward, request.body);
    });
    return done();
  });

  app.delete("/:address", { schema }, async (request) => {
    await forwards.delete(request.params.name, request.params.address);
    return done();
  });
}

const forwardUrl = (network: string, address: string): string =>
  `${url("networks", network)}/forwards/${encodeURIComponent(address)}`;

const forwardEtag = ({ listen_address, description, config, ports }: NetworkForward): string =>
  etag([listen_address, description, config, ports]);

function requireCurrent(request: FastifyRequest, forward: NetworkForward): void {
  requireMatch(request, forwardEtag(forward), `Forward ${forward.listen_address}`);
}

/** PATCH: what is given replaces or, in the configuration, joins what is there. */
function patched({ description, config, ports }: NetworkForward, change: NetworkForwardPut): NetworkForwardPut {
  return {
    description: change.description ?? description,
    config: { ...config, ...change.config },
    ports: change.ports ?? ports,
  };
}
