import type { WebSocket } from "@fastify/websocket";
import { type Event, eventTypeSchema, LodgeError } from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";

const querySchema = z.object({
  /** `operation,lifecycle`; missing or empty: all. */
  type: z
    .string()
    .default("")
    .transform((text) => text.split(",").filter(Boolean))
    .pipe(z.array(eventTypeSchema)),
  "all-projects": z.enum(["true", "false", "1", "0", ""]).optional(),
});

/** Bytes that may wait for a client; one that reads slower is dropped and reads the state when it is back. */
const longestQueue = 8 << 20;
const pingInterval = 10_000;

/** `GET /1.0/events`: a websocket of everything that happens from now on. */
export async function eventRoutes(app: Api, { services, log }: RouteContext): Promise<void> {
  app.route({
    method: "GET",
    url: "/",
    schema: { querystring: querySchema },
    handler: async () => {
      throw new LodgeError({ code: "request_invalid", message: "This path answers websockets only." });
    },
    wsHandler: (socket: WebSocket, request) => {
      const { type: types, "all-projects": all } = request.query as z.infer<typeof querySchema>;
      const everywhere = all === "true" || all === "1";
      const wanted = (event: Event) =>
        (types.length === 0 || types.includes(event.type)) && (everywhere || event.project === request.project);
      const unsubscribe = services.events.subscribe((event) => {
        if (!wanted(event) || socket.readyState !== socket.OPEN) return;
        if (socket.bufferedAmount > longestQueue) {
          log.warn({}, "client reads events too slowly and is dropped");
          socket.terminate();
        } else socket.send(JSON.stringify(event));
      });
      const pings = setInterval(() => socket.ping(), pingInterval).unref();
      socket.once("close", () => {
        unsubscribe();
        clearInterval(pings);
      });
    },
  });
}
