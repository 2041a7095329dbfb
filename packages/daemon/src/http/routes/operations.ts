import type { WebSocket } from "@fastify/websocket";
import { LodgeError, type Operation } from "@lodge/api";
import { shownOperation } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { isFollower } from "../access/image-senders.ts";
import type { Api, RouteContext } from "../api.ts";
import { done, sync } from "../envelope.ts";
import { listedProjects, listQuerySchema } from "../query.ts";
import type { SocketSet } from "../sessions/socket-set.ts";

const paramsSchema = z.object({ id: z.uuid() });
/** Seconds; -1 or missing: until the operation ends. */
const waitQuerySchema = z.object({ timeout: z.coerce.number().min(-1).max(86_400).default(-1) });
const secretQuerySchema = z.object({ secret: z.string().min(1) });

export async function operationRoutes(app: Api, { services, hub }: RouteContext): Promise<void> {
  const { operations } = services;
  const schema = { params: paramsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const { recursion } = request.query;
    const projects = await listedProjects(request, services.projects);
    const shown = (project: string) => operations.list(project).map((o) => shownOperation(request.caller, o, project));
    const list = projects.flatMap(shown).filter((operation) => operation !== undefined);
    const grouped = Object.groupBy(list, ({ status }) => status.toLowerCase());
    if (recursion > 0) return sync(grouped);
    const urls = (group: Operation[] | undefined) => group?.map(({ id }) => `/1.0/operations/${id}`);
    return sync(Object.fromEntries(Object.entries(grouped).map(([status, group]) => [status, urls(group)])));
  });

  app.get("/:id", { schema }, async (request) => {
    const operation = operations.get(request.params.id);
    return sync(shown(request, operation.render(), operation.request.project));
  });

  app.delete("/:id", { schema }, async (request) => {
    operations.get(request.params.id).cancel();
    return done();
  });

  app.get("/:id/wait", { schema: { ...schema, querystring: waitQuerySchema } }, async (request) => {
    const { timeout } = request.query;
    const { project } = operations.get(request.params.id).request;
    const operation = await operations.wait(request.params.id, timeout < 0 ? undefined : timeout * 1000);
    if (isFollower(request.raw, services)) return sync(operation);
    return sync(shown(request, operation, project));
  });

  app.route({
    method: "GET",
    url: "/:id/websocket",
    schema: { ...schema, querystring: secretQuerySchema },
    // Before the upgrade, so that a refusal is an ordinary answer.
    preHandler: async (request) => void opened(request),
    handler: async () => {
      throw new LodgeError({ code: "request_invalid", message: "This path answers websockets only." });
    },
    wsHandler: (socket: WebSocket, request) => {
      const { sockets, name } = opened(request);
      sockets.attach(name, socket);
    },
  });

  /** What nobody is shown does not exist for him. */
  function shown({ caller }: FastifyRequest, operation: Operation, project: string): Operation {
    const seen = shownOperation(caller, operation, project);
    if (seen) return seen;
    throw new LodgeError({
      code: "operation_not_found",
      message: `Operation ${operation.id} does not exist (any more).`,
    });
  }

  function opened(request: FastifyRequest): { sockets: SocketSet; name: string } {
    const { id } = request.params as z.infer<typeof paramsSchema>;
    const { secret } = request.query as z.infer<typeof secretQuerySchema>;
    const { description } = operations.get(id).request;
    const sockets = hub.find(id);
    if (!sockets) {
      throw new LodgeError({
        code: "request_invalid",
        message: `Operation ${id} (${description}) has no websockets (any more).`,
      });
    }
    const name = sockets.nameOf(secret);
    if (name === undefined) {
      throw new LodgeError({ code: "permission_denied", message: `The secret opens no websocket of operation ${id}.` });
    }
    if (sockets.taken(name)) {
      throw new LodgeError({
        code: "request_invalid",
        message: `The websocket ${name} of operation ${id} is connected.`,
      });
    }
    return { sockets, name };
  }
}
