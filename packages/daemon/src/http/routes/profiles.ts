import type { Api, RouteContext } from "../api.ts";
import { sync } from "../envelope.ts";
import { notSupported } from "../errors.ts";
import { etag } from "../etag.ts";
import { listQuerySchema, nameParamsSchema, url } from "../query.ts";

export async function profileRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const schema = { params: nameParamsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const profiles = await services.profiles.list(request.project);
    const urls = () => profiles.map(({ name }) => url("profiles", name, request.project));
    return sync(request.query.recursion === 0 ? urls() : profiles);
  });

  app.get("/:name", { schema }, async (request, reply) => {
    const profile = await services.profiles.get(request.project, request.params.name);
    reply.header("etag", etag([profile.config, profile.description, profile.devices]));
    return sync(profile);
  });

  app.post("/", async () => notSupported("Creating a profile"));
  for (const method of ["put", "patch", "post", "delete"] as const) {
    app[method]("/:name", { schema }, async () => notSupported("Changing a profile"));
  }
}
