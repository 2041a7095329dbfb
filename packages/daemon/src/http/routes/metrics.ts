import { hasEverything, mayMeasure } from "@lodge/core";
import { metricsAreOpen } from "../access/open-metrics.ts";
import type { Api, RouteContext } from "../api.ts";
import { namesProject } from "../query.ts";

/** `GET /1.0/metrics`: of all projects that the caller may see, or of the one that is asked for. */
export async function metricsRoutes(app: Api, { services }: RouteContext): Promise<void> {
  app.get("/", async (request, reply) => {
    const { caller, project } = request;
    const open = await metricsAreOpen(services);
    const one = namesProject(request);
    const shows = (name: string) => (one ? name === project : open || mayMeasure(caller, name));
    const server = open || hasEverything(caller) || (caller.kind === "metrics" && !caller.projects);
    reply.type("application/openmetrics-text; version=1.0.0; charset=utf-8");
    const text = await services.metrics.scrape({ shows, server });
    return reply.serializer(String).send(asCalledBy(request.headers["user-agent"], text));
  });
}

/** Incus's client looks for the same metrics by names that begin with its own. */
function asCalledBy(client: string | undefined, text: string): string {
  return client?.startsWith("Incus") ? text.replaceAll(/^((?:# \w+ )?)lxd_/gm, "$1incus_") : text;
}
