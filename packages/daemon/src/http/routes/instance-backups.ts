import { type BackupCreate, backupCreateSchema, backupNameSchema, backupPostSchema } from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { accepted, sync } from "../envelope.ts";
import { instanceParamsSchema } from "../query.ts";

const listQuerySchema = z.object({ recursion: z.coerce.number().int().min(0).max(2).default(0) });
const backupParamsSchema = instanceParamsSchema.extend({ backup: backupNameSchema });
const binary = "application/octet-stream";

/** `…/NAME/backups`. What is imported is a `POST` to the instances. */
export async function instanceBackupRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const { backups } = services;
  const schema = { params: instanceParamsSchema };
  const oneSchema = { params: backupParamsSchema };

  app.get("/:name/backups", { schema: { ...schema, querystring: listQuerySchema } }, async (request) => {
    const { project, params } = request;
    const all = await backups.list(project, params.name);
    if (request.query.recursion > 0) return sync(all);
    return sync(all.map(({ name }) => backupUrl(params.name, name, project)));
  });

  app.post("/:name/backups", { schema: { ...schema, body: backupCreateSchema } }, async (request, reply) => {
    const { project, params, body, headers } = request;
    if (headers.accept?.toLowerCase() !== binary)
      return accepted(reply, await backups.create(project, params.name, body));
    const stream = await backups.stream(project, params.name, body satisfies BackupCreate);
    return reply.headers({ "content-type": binary }).send(stream);
  });

  app.get("/:name/backups/:backup", { schema: oneSchema }, async (request) => {
    const { project, params } = request;
    return sync(await backups.get(project, params.name, params.backup));
  });

  app.get("/:name/backups/:backup/export", { schema: oneSchema }, async (request, reply) => {
    const { project, params } = request;
    const stream = await backups.fetch(project, params.name, params.backup);
    return reply.headers({ "content-type": binary }).send(stream);
  });

  app.post("/:name/backups/:backup", { schema: { ...oneSchema, body: backupPostSchema } }, async (request, reply) => {
    const { project, params, body } = request;
    return accepted(reply, await backups.rename(project, params.name, params.backup, body));
  });

  app.delete("/:name/backups/:backup", { schema: oneSchema }, async (request, reply) => {
    const { project, params } = request;
    return accepted(reply, await backups.delete(project, params.name, params.backup));
  });
}

function backupUrl(instance: string, name: string, project: string): string {
  const path = `/1.0/instances/${encodeURIComponent(instance)}/backups/${encodeURIComponent(name)}`;
  return project === "default" ? path : `${path}?project=${encodeURIComponent(project)}`;
}
