import { type BackupCreate, backupCreateSchema, backupNameSchema, backupPostSchema } from "@lodge/api";
import type { BackupService, Log } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Api } from "../api.ts";
import { accepted, sync } from "../envelope.ts";
import { sendStream } from "../send-stream.ts";

const listQuerySchema = z.object({ recursion: z.coerce.number().int().min(0).max(2).default(0) });
const binary = "application/octet-stream";

/** What the backups are of: instances, or custom volumes. */
export interface BackedUp<Name> {
  /** `/:name`. */
  readonly path: string;
  readonly params: z.ZodObject;
  readonly backups: BackupService<Name, { readonly name: string }>;
  readonly log: Log;
  /** Of a request whose parameters have been checked. */
  nameOf(request: FastifyRequest): Name;
  /** Of what the backups are of, without its project. */
  urlOf(name: Name): string;
}

/** `…/NAME/backups`. What is imported is a `POST` to the instances or volumes. */
export function backupRoutes<Name extends { readonly project: string }>(
  app: Api,
  { path, params, backups, nameOf, urlOf, log }: BackedUp<Name>,
): void {
  const schema = { params };
  const oneSchema = { params: params.extend({ backup: backupNameSchema }) };
  const backupOf = ({ params: values }: { readonly params: unknown }) => (values as { readonly backup: string }).backup;

  app.get(`${path}/backups`, { schema: { ...schema, querystring: listQuerySchema } }, async (request) => {
    const of = nameOf(request);
    const all = await backups.list(of);
    if ((request.query as z.infer<typeof listQuerySchema>).recursion > 0) return sync(all);
    const project = of.project === "default" ? "" : `?project=${encodeURIComponent(of.project)}`;
    return sync(all.map(({ name }) => `${urlOf(of)}/backups/${encodeURIComponent(name)}${project}`));
  });

  app.post(`${path}/backups`, { schema: { ...schema, body: backupCreateSchema } }, async (request, reply) => {
    const body = request.body as BackupCreate;
    const isDirect = request.headers.accept?.toLowerCase() === binary;
    if (!isDirect) return accepted(reply, await backups.create(nameOf(request), body));
    return sendStream(reply.type(binary), await backups.stream(nameOf(request), body), log);
  });

  app.get(`${path}/backups/:backup`, { schema: oneSchema }, async (request) =>
    sync(await backups.get(nameOf(request), backupOf(request))),
  );

  app.get(`${path}/backups/:backup/export`, { schema: oneSchema }, async (request, reply) =>
    sendStream(reply.type(binary), await backups.fetch(nameOf(request), backupOf(request)), log),
  );

  const renameSchema = { ...oneSchema, body: backupPostSchema };
  app.post(`${path}/backups/:backup`, { schema: renameSchema }, async (request, reply) => {
    const body = request.body as z.infer<typeof backupPostSchema>;
    return accepted(reply, await backups.rename(nameOf(request), backupOf(request), body));
  });

  app.delete(`${path}/backups/:backup`, { schema: oneSchema }, async (request, reply) =>
    accepted(reply, await backups.delete(nameOf(request), backupOf(request))),
  );
}
