import { LodgeError, type Project, projectPutSchema } from "@lodge/api";
import { type Caller, maySee } from "@lodge/core";
import type { Api, RouteContext } from "../api.ts";
import { done, sync } from "../envelope.ts";
import { notSupported } from "../errors.ts";
import { etag, requireMatch } from "../etag.ts";
import { listQuerySchema, nameParamsSchema, url } from "../query.ts";

export async function projectRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const schema = { params: nameParamsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const projects = (await services.projects.list()).filter(({ name }) => maySee(request.caller, name));
    return sync(request.query.recursion === 0 ? projects.map(({ name }) => url("projects", name)) : projects);
  });

  app.get("/:name", { schema }, async (request, reply) => {
    requireSeen(request.caller, request.params.name);
    const project = await services.projects.get(request.params.name);
    reply.header("etag", projectEtag(project));
    return sync(project);
  });

  app.post("/", async () => notSupported("Creating a project"));
  for (const method of ["PUT", "PATCH"] as const) {
    app.route({
      method,
      url: "/:name",
      schema: { ...schema, body: projectPutSchema },
      handler: async (request) => {
        const { params, body } = request;
        await services.projects.update(params.name, (current) => {
          requireMatch(request, projectEtag(current), `Project ${params.name}`);
          return method === "PUT" ? body : { ...body, config: { ...current.config, ...body.config } };
        });
        return done();
      },
    });
  }
  for (const method of ["post", "delete"] as const) {
    app[method]("/:name", { schema }, async () => notSupported("Renaming or deleting a project"));
  }
}

function requireSeen(caller: Caller, name: string): void {
  if (maySee(caller, name)) return;
  throw new LodgeError({
    code: "permission_denied",
    message: `Your certificate does not allow to see project ${name}.`,
  });
}

const projectEtag = ({ description, config }: Project): string => etag([description, config]);
