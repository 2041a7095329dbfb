import { type Profile, type ProfilePut, profileCreateSchema, profilePutSchema, profileRenameSchema } from "@lodge/api";
import type { FastifyRequest } from "fastify";
import type { Api, RouteContext } from "../api.ts";
import { created, done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { parseFilter } from "../filter.ts";
import { atHome, listedHomes, listQuerySchema, nameParamsSchema, url } from "../query.ts";

export async function profileRoutes(app: Api, { services }: RouteContext): Promise<void> {
  atHome(app, services.projects, "features.profiles");
  const schema = { params: nameParamsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const accepts = parseFilter(request.query.filter);
    const projects = await listedHomes(request, services.projects, "features.profiles");
    const lists = await Promise.all(projects.map((project) => services.profiles.list(project)));
    const profiles = lists.flat().filter(accepts);
    return sync(
      request.query.recursion === 0 ? profiles.map(({ name, project }) => url("profiles", name, project)) : profiles,
    );
  });

  app.post("/", { schema: { body: profileCreateSchema } }, async (request, reply) => {
    await services.profiles.create(request.project, request.body);
    return created(reply, url("profiles", request.body.name, request.project));
  });

  app.get("/:name", { schema }, async (request, reply) => {
    const profile = await services.profiles.get(request.project, request.params.name);
    reply.header("etag", profileEtag(profile));
    return sync(profile);
  });

  app.put("/:name", { schema: { ...schema, body: profilePutSchema } }, async (request) => {
    await services.profiles.update(request.project, request.params.name, (current) => {
      matching(request, current);
      return request.body;
    });
    return done();
  });

  app.patch("/:name", { schema: { ...schema, body: profilePutSchema } }, async (request) => {
    await services.profiles.update(request.project, request.params.name, (current) => {
      matching(request, current);
      return patched(current, request.body);
    });
    return done();
  });

  app.post("/:name", { schema: { ...schema, body: profileRenameSchema } }, async (request, reply) => {
    await services.profiles.rename(request.project, request.params.name, request.body.name);
    return created(reply, url("profiles", request.body.name, request.project));
  });

  app.delete("/:name", { schema }, async (request) => {
    await services.profiles.delete(request.project, request.params.name);
    return done();
  });
}

/** Of what `PUT` replaces, as LXD: who uses it does not matter. */
const profileEtag = ({ config, description, devices }: Profile): string => etag([config, description, devices]);

function matching(request: FastifyRequest, current: Profile): void {
  requireMatch(request, profileEtag(current), `Profile ${current.name}`);
}

/** What is given replaces or, in maps, joins what is there. */
function patched(current: Profile, change: ProfilePut): ProfilePut {
  return {
    description: change.description ?? current.description,
    config: { ...current.config, ...change.config },
    devices: { ...current.devices, ...change.devices },
  };
}
