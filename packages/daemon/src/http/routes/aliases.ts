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
import { type Caller, mayDo } from "@lodge/core";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { created, done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { listQuerySchema, url } from "../query.ts";

/** Aliases have slashes, which clients may or may not escape. */
const paramsSchema = z.object({ "*": aliasNameSchema });
/** Which of the two images that one alias may name; missing: the only one, or the container's. */
const typeQuerySchema = z.object({ type: instanceTypeSchema.optional() });

export async function aliasRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const { images } = services;
  const schema = { params: paramsSchema, querystring: typeQuerySchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const aliases = await shown(request.caller);
    return sync(request.query.recursion === 0 ? aliases.map(({ name }) => url("images/aliases", name)) : aliases);
  });

  app.post("/", { schema: { body: aliasCreateSchema } }, async (request, reply) => {
    await images.addAlias(request.body);
    return created(reply, url("images/aliases", request.body.name));
  });

  app.get("/*", { schema }, async (request, reply) => {
    const alias = await find(request.caller, request.params["*"], request.query.type);
    reply.header("etag", etag(alias));
    return sync(alias);
  });

  app.delete("/*", { schema }, async (request) => {
    await images.removeAlias(request.params["*"], request.query.type);
    return done();
  });

  /** Those of images that the caller sees. */
  async function shown(caller: Caller): Promise<Alias[]> {
    const aliases = await images.aliases();
    if (mayDo(caller, "identified", "")) return aliases;
    const open = new Set((await images.list()).filter((i) => i.public).map(({ fingerprint }) => fingerprint));
    return aliases.filter(({ target }) => open.has(target));
  }

  async function find(caller: Caller, name: string, type: InstanceType | undefined): Promise<Alias> {
    if (mayDo(caller, "identified", "")) return images.alias(name, type);
    const alias = (await shown(caller)).find((a) => a.name === name && (type === undefined || a.type === type));
    if (alias) return alias;
    throw new LodgeError({ code: "alias_not_found", message: `Image alias "${name}" does not exist.` });
  }

  for (const method of ["put", "patch"] as const) {
    app[method]("/*", { schema: { ...schema, body: aliasPutSchema } }, async (request) => {
      const change = request.body;
      await images.updateAlias(request.params["*"], request.query.type, (alias) => {
        requireMatch(request, etag(alias), `Image alias ${alias.name}`);
        return method === "put" ? { description: "", ...change } : change;
      });
      return done();
    });
  }

  app.post("/*", { schema: { ...schema, body: aliasRenameSchema } }, async (request, reply) => {
    await images.renameAlias(request.params["*"], request.query.type, request.body.name);
    return created(reply, url("images/aliases", request.body.name));
  });
}
