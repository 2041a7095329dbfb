import {
  type Alias,
  aliasCreateSchema,
  aliasNameSchema,
  aliasPutSchema,
  aliasRenameSchema,
  type InstanceType,
  instanceTypeSchema,
  LodgeError,
} from "@lodge/api";
import { maySee } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { created, done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { atHome, listQuerySchema, url } from "../query.ts";

/** Aliases have slashes, which clients may or may not escape. */
const paramsSchema = z.object({ "*": aliasNameSchema });
/** Which of the two images that one alias may name; missing: the only one, or the container's. */
const typeQuerySchema = z.object({ type: instanceTypeSchema.optional() });

export async function aliasRoutes(app: Api, { services }: RouteContext): Promise<void> {
  atHome(app, services.projects, "features.images");
  const imagesOf = ({ project }: Pick<FastifyRequest, "project">) => services.images.of(project);
  const schema = { params: paramsSchema, querystring: typeQuerySchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const aliases = await shown(request);
    return sync(
      request.query.recursion === 0 ? aliases.map(({ name }) => url("images/aliases", name, request.project)) : aliases,
    );
  });

  app.post("/", { schema: { body: aliasCreateSchema } }, async (request, reply) => {
    await (await imagesOf(request)).addAlias(request.body);
    return created(reply, url("images/aliases", request.body.name, request.project));
  });

  app.get("/*", { schema }, async (request, reply) => {
    const alias = await find(request, request.params["*"], request.query.type);
    reply.header("etag", etag(alias));
    return sync(alias);
  });

  app.delete("/*", { schema }, async (request) => {
    await (await imagesOf(request)).removeAlias(request.params["*"], request.query.type);
    return done();
  });

  /** Those of images that the caller sees. */
  async function shown(request: FastifyRequest): Promise<Alias[]> {
    const images = await imagesOf(request);
    const aliases = await images.aliases();
    if (maySee(request.caller, request.namedProject)) return aliases;
    const open = new Set((await images.list()).filter((i) => i.public).map(({ fingerprint }) => fingerprint));
    return aliases.filter(({ target }) => open.has(target));
  }

  async function find(request: FastifyRequest, name: string, type: InstanceType | undefined): Promise<Alias> {
    if (maySee(request.caller, request.namedProject)) return (await imagesOf(request)).alias(name, type);
    const alias = (await shown(request)).find((a) => a.name === name && (type === undefined || a.type === type));
    if (alias) return alias;
    throw new LodgeError({ code: "alias_not_found", message: `Image alias "${name}" does not exist.` });
  }

  for (const method of ["put", "patch"] as const) {
    app[method]("/*", { schema: { ...schema, body: aliasPutSchema } }, async (request) => {
      const change = request.body;
      await (await imagesOf(request)).updateAlias(request.params["*"], request.query.type, (alias) => {
        requireMatch(request, etag(alias), `Image alias ${alias.name}`);
        return method === "put" ? { description: "", ...change } : change;
      });
      return done();
    });
  }

  app.post("/*", { schema: { ...schema, body: aliasRenameSchema } }, async (request, reply) => {
    await (await imagesOf(request)).renameAlias(request.params["*"], request.query.type, request.body.name);
    return created(reply, url("images/aliases", request.body.name, request.project));
  });
}
