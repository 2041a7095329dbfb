import type { WebSocket } from "@fastify/websocket";
import { type Event, eventTypeSchema, LodgeError } from "@lodge/api";
import { hasEverything, shownEvent } from "@lodge/core";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { asksForAll } from "../query.ts";

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
    // Before the upgrade, so that a refusal is an ordinary answer.
    preHandler: async ({ caller, query }) => {
      const { type: types } = query as z.infer<typeof querySchema>;
      if (!types.includes("logging") || hasEverything(caller)) return;
      throw new LodgeError({
        code: "permission_denied",
        message: "The daemon's log is for those who are trusted with the whole server.",
      });
    },
    wsHandler: (socket: WebSocket, request) => {
      const { type: types } = request.query as z.infer<typeof querySchema>;
      const everywhere = asksForAll(request);
      const wanted = (event: Event) =>
        (types.length === 0 || types.includes(event.type)) &&
        (everywhere || event.project === "" || event.project === request.project);
      const unsubscribe = services.events.subscribe((event) => {
        const shown = wanted(event) && shownEvent(request.caller, event);
        if (!shown || socket.readyState !== socket.OPEN) return;
        if (socket.bufferedAmount > longestQueue) {
          socket.terminate();
          log.warn({}, "client reads events too slowly and is dropped");
        } else socket.send(JSON.stringify(shown));
      });
      const pings = setInterval(() => socket.ping(), pingInterval).unref();
      socket.once("close", () => {
        unsubscribe();
        clearInterval(pings);
      });
    },
  });
}
