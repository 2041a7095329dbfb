import { historyQuerySchema } from "@lodge/api";
import { hasEverything, maySee } from "@lodge/core";
import type { Api, RouteContext } from "../api.ts";
import { sync } from "../envelope.ts";
import { asksForAll, instanceParamsSchema } from "../query.ts";

/** `/1.0/usage`: what runs and what it uses now, all in one answer (extension `lodge_usage`). */
export async function usageRoutes(app: Api, { services }: RouteContext): Promise<void> {
  app.get("/usage", async (request) => {
    const { caller, project } = request;
    const all = asksForAll(request);
    const shows = (name: string) => (all ? maySee(caller, name) : name === project);
    return sync(await services.usage.now({ shows, host: hasEverything(caller) }));
  });

  app.get("/history", { schema: { querystring: historyQuerySchema } }, async ({ query }) =>
    sync(await services.usage.hostHistory(query)),
  );
}

/** `…/NAME/history`: the last hour of an instance (extension `lodge_history`). */
export async function instanceHistoryRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const schema = { params: instanceParamsSchema, querystring: historyQuerySchema };

  app.get("/:name/history", { schema }, async ({ project, params, query }) =>
    sync(await services.usage.instanceHistory(project, params.name, query)),
  );
}
