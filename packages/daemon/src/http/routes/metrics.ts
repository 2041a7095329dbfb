import { hasEverything, mayMeasure } from "@lodge/core";
import type { Api, RouteContext } from "../api.ts";
import { namesProject } from "../query.ts";

/** `GET /1.0/metrics`: of all projects that the caller may see, or of the one that is asked for. */
export async function metricsRoutes(app: Api, { services }: RouteContext): Promise<void> {
  app.get("/", async (request, reply) => {
    const { caller, project } = request;
    const one = namesProject(request);
    const shows = (name: string) => (one ? name === project : mayMeasure(caller, name));
    const server = hasEverything(caller) || (caller.kind === "metrics" && !caller.projects);
    reply.type("application/openmetrics-text; version=1.0.0; charset=utf-8");
    return reply.serializer(String).send(await services.metrics.scrape({ shows, server }));
  });
}
