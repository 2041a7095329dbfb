import type { Api, RouteContext } from "../api.ts";
import { sync } from "../envelope.ts";
import { notSupported } from "../errors.ts";
import { etag } from "../etag.ts";
import { listQuerySchema, nameParamsSchema, url } from "../query.ts";

export async function projectRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const schema = { params: nameParamsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const projects = await services.projects.list();
    return sync(request.query.recursion === 0 ? projects.map(({ name }) => url("projects", name)) : projects);
  });

  app.get("/:name", { schema }, async (request, reply) => {
    const project = await services.projects.get(request.params.name);
    reply.header("etag", etag([project.description, project.config]));
    return sync(project);
  });

  app.post("/", async () => notSupported("Creating a project"));
  for (const method of ["put", "patch", "post", "delete"] as const) {
    app[method]("/:name", { schema }, async () => notSupported("Changing a project"));
  }
}
