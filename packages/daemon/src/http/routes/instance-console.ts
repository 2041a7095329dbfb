import { consolePostSchema, keysPostSchema } from "@lodge/api";
import type { RunningOperation } from "@lodge/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { accepted, done } from "../envelope.ts";
import { instanceParamsSchema, url } from "../query.ts";
import { consoleSockets, runConsole } from "../sessions/console.ts";
import { runScreen, screenSockets } from "../sessions/screen.ts";
import { SocketSet } from "../sessions/socket-set.ts";

/** `vga`: what its screen shows, as Incus has it (`instance_console_screenshot`). */
const logQuerySchema = z.object({ type: z.enum(["console", "vga", ""]).optional() });

/** `…/NAME/console` (a session, or the log of what was printed), `…/NAME/keys` and `…/NAME/screenshot`. */
export async function instanceConsoleRoutes(app: Api, context: RouteContext): Promise<void> {
  const { services, hub, log, connectTimeout } = context;
  const schema = { params: instanceParamsSchema };

  app.post("/:name/console", { schema: { ...schema, body: consolePostSchema } }, async (request, reply) => {
    const { body, project } = request;
    const { name } = request.params;
    if (body.type === "vga") return accepted(reply, await showScreen(project, name));
    const session = await services.instances.console(project, name);
    const sockets = new SocketSet(consoleSockets, connectTimeout);
    try {
      if (body.width && body.height) session.resize(body.width, body.height);
      const run = (signal: AbortSignal) => runConsole(session, sockets, { signal, log });
      return accepted(reply, await beginSession(project, name, sockets, {}, run));
    } catch (error) {
      sockets.dispose();
      session.close();
      throw error;
    }
  });

  /** What flows over `0` is RFB, where LXD's graphical console has SPICE: `protocol` says so. */
  async function showScreen(project: string, name: string): Promise<RunningOperation> {
    const view = await services.instances.screen(project, name);
    const sockets = new SocketSet(screenSockets, connectTimeout);
    const run = (signal: AbortSignal) => runScreen(view, sockets, { signal, log });
    return beginSession(project, name, sockets, { protocol: "rfb" }, run);
  }

  function beginSession(
    project: string,
    name: string,
    sockets: SocketSet,
    metadata: Readonly<Record<string, unknown>>,
    run: (signal: AbortSignal) => Promise<void>,
  ): Promise<RunningOperation> {
    return services.operations.begin(
      {
        class: "websocket",
        description: "Showing console",
        resources: { instances: [url("instances", name, project)] },
        project,
        metadata: { fds: sockets.secrets, ...metadata },
      },
      async ({ id, signal }) => {
        const withdraw = hub.offer(id, sockets);
        try {
          await run(signal);
          return undefined;
        } finally {
          withdraw();
        }
      },
    );
  }

  const logSchema = { ...schema, querystring: logQuerySchema };
  app.get("/:name/console", { schema: logSchema }, async (request, reply) => {
    if (request.query.type === "vga") return sendScreenshot(request, reply);
    const printed = await services.instances.consoleLog(request.project, request.params.name);
    return reply.type("application/octet-stream").send(printed);
  });

  app.delete("/:name/console", { schema }, async (request) => {
    await services.instances.clearConsoleLog(request.project, request.params.name);
    return done();
  });

  app.post("/:name/keys", { schema: { ...schema, body: keysPostSchema } }, async (request, reply) =>
    accepted(reply, await services.instances.pressKeys(request.project, request.params.name, request.body)),
  );

  app.get("/:name/screenshot", { schema }, sendScreenshot);

  async function sendScreenshot(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { name } = instanceParamsSchema.parse(request.params);
    return reply.type("image/png").send(await services.instances.screenshot(request.project, name));
  }
}
