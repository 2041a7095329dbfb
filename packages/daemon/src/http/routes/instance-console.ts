import { consolePostSchema } from "@lodge/api";
import type { Api, RouteContext } from "../api.ts";
import { accepted } from "../envelope.ts";
import { notSupported } from "../errors.ts";
import { instanceParamsSchema, url } from "../query.ts";
import { consoleSockets, runConsole } from "../sessions/console.ts";
import { SocketSet } from "../sessions/socket-set.ts";

/** `…/NAME/console` (a session, or the log of what was printed) and `…/NAME/screenshot`. */
export async function instanceConsoleRoutes(app: Api, context: RouteContext): Promise<void> {
  const { services, hub, log, connectTimeout } = context;
  const schema = { params: instanceParamsSchema };

  app.post("/:name/console", { schema: { ...schema, body: consolePostSchema } }, async (request, reply) => {
    const { body, project } = request;
    const { name } = request.params;
    if (body.type === "vga") notSupported("The graphical console");
    const session = await services.instances.console(project, name);
    const sockets = new SocketSet(consoleSockets, connectTimeout);
    try {
      if (body.width && body.height) session.resize(body.width, body.height);
      const operation = await services.operations.begin(
        {
          class: "websocket",
          description: "Showing console",
          resources: { instances: [url("instances", name, project)] },
          project,
          metadata: { fds: sockets.secrets },
        },
        async ({ id, signal }) => {
          const withdraw = hub.offer(id, sockets);
          try {
            await runConsole(session, sockets, { signal, log });
            return undefined;
          } finally {
            withdraw();
          }
        },
      );
      return accepted(reply, operation);
    } catch (error) {
      sockets.dispose();
      session.close();
      throw error;
    }
  });

  app.get("/:name/console", { schema }, async (request, reply) => {
    const printed = await services.instances.consoleLog(request.project, request.params.name);
    return reply.type("application/octet-stream").send(printed);
  });

  app.delete("/:name/console", { schema }, async () => notSupported("Clearing the console's log"));

  app.get("/:name/screenshot", { schema }, async (request, reply) => {
    const picture = await services.instances.screenshot(request.project, request.params.name);
    return reply.type("image/png").send(picture);
  });
}
