import { LodgeError, type Project, projectCreateSchema, projectPutSchema, projectRenameSchema } from "@lodge/api";
import { type Caller, maySee } from "@lodge/core";
import type { Api, RouteContext } from "../api.ts";
import { accepted, created, done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { parseFilter } from "../filter.ts";
import { listQuerySchema, nameParamsSchema, url } from "../query.ts";

/** `/1.0/projects`: each caller sees those that he may see anything of. */
export async function projectRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const { projects } = services;
  const schema = { params: nameParamsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async ({ caller, query }) => {
    const accepts = parseFilter(query.filter);
    const shown = (await projects.list()).filter((project) => maySee(caller, project.name) && accepts(project));
    return sync(query.recursion === 0 ? shown.map(({ name }) => url("projects", name)) : shown);
  });

  app.post("/", { schema: { body: projectCreateSchema } }, async ({ body }, reply) => {
    await projects.create(body);
    return created(reply, url("projects", body.name));
  });

  app.get("/:name", { schema }, async (request, reply) => {
    requireSeen(request.caller, request.params.name);
    const project = await projects.get(request.params.name);
    reply.header("etag", projectEtag(project));
    return sync(project);
  });

  app.get("/:name/state", { schema }, async ({ caller, params }) => {
    requireSeen(caller, params.name);
    return sync(await projects.state(params.name));
  });

  for (const method of ["PUT", "PATCH"] as const) {
    app.route({
      method,
      url: "/:name",
      schema: { ...schema, body: projectPutSchema },
      handler: async (request) => {
        const { params, body } = request;
        await projects.update(params.name, (current) => {
          requireMatch(request, projectEtag(current), `Project ${params.name}`);
          if (method === "PUT") return body;
          const { description = current.description, config } = body;
          return { description, config: { ...current.config, ...config } };
        });
        return done();
      },
    });
  }

  app.post("/:name", { schema: { ...schema, body: projectRenameSchema } }, async ({ params, body }, reply) => {
    const resources = { projects: [url("projects", params.name)] };
    const operation = await services.operations.begin(
      // Who is in it waits there.
      { description: "Renaming project", resources, project: params.name, cancellable: false },
      async () => {
        await projects.rename(params.name, body.name);
        return undefined;
      },
    );
    return accepted(reply, operation);
  });

  app.delete("/:name", { schema }, async ({ params }) => {
    await projects.delete(params.name);
    return done();
  });
}

function requireSeen(caller: Caller, name: string): void {
  if (maySee(caller, name)) return;
  throw new LodgeError({
    code: "permission_denied",
    message: `Your certificate does not allow to see project ${name}.`,
  });
}

const projectEtag = ({ description, config }: Project): string => etag([description, config]);
