import { templateCreateSchema } from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { accepted, sync } from "../envelope.ts";
import { listedProjects, listQuerySchema, url } from "../query.ts";

const paramsSchema = z.object({ id: z.string().regex(/^[0-9a-f]{8}$/, "must be eight hexadecimal digits") });

/** `/1.0/templates`: warm machines that launches fork from. */
export async function templateRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const { templates } = services;
  const schema = { params: paramsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const projects = await listedProjects(request, services.projects);
    const all = (await Promise.all(projects.map((project) => templates.list(project)))).flat();
    return sync(request.query.recursion === 0 ? all.map(({ id, project }) => url("templates", id, project)) : all);
  });

  app.post("/", { schema: { body: templateCreateSchema } }, async ({ project, body }, reply) =>
    accepted(reply, await templates.build(project, body)),
  );

  app.get("/:id", { schema }, async ({ project, params }) => sync(await templates.get(project, params.id)));

  app.delete("/:id", { schema }, async ({ project, params }, reply) =>
    accepted(reply, await templates.delete(project, params.id)),
  );
}
