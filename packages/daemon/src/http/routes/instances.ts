import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import {
  type Instance,
  type InstanceFull,
  type InstancePut,
  type InstanceType,
  instanceCreateSchema,
  instanceForkSchema,
  instancePutSchema,
  instanceRebuildSchema,
  instanceRenameSchema,
  instanceTypeSchema,
  LodgeError,
} from "@lodge/api";
import type { EditableInstance, InstanceChange } from "@lodge/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { parseImportHeaders } from "../backups/import-request.ts";
import { receiveBackup } from "../backups/receive-backup.ts";
import { accepted, done, sync } from "../envelope.ts";
import { notSupported } from "../errors.ts";
import { instanceEtag, requireMatch } from "../etag.ts";
import { parseFilter } from "../filter.ts";
import { beginMigration, peerOf, sentTo } from "../migration/begin.ts";
import { instanceParamsSchema, instanceUrl, listedProjects, listQuerySchema } from "../query.ts";

const instancesQuerySchema = listQuerySchema.extend({
  "instance-type": z.union([instanceTypeSchema, z.literal("")]).optional(),
});
const oneQuerySchema = z.object({ recursion: z.coerce.number().int().min(0).max(2).default(0) });

/** Where the routes of instances stand: `instances` for both types, LXD's older nouns for one. */
export interface InstanceNoun {
  readonly noun: "instances" | "containers" | "virtual-machines";
  readonly only?: InstanceType;
}

export function instanceRoutes({ noun, only }: InstanceNoun) {
  return async (app: Api, context: RouteContext): Promise<void> => {
    const { services } = context;
    const schema = { params: instanceParamsSchema };

    app.get("/", { schema: { querystring: instancesQuerySchema } }, async (request) => {
      const { recursion, filter, "instance-type": wanted } = request.query;
      const passes = parseFilter(filter);
      const isOf = (type: InstanceType | "" | undefined, i: Instance) => !type || i.type === type;
      const accepts = (i: Instance) => isOf(only, i) && isOf(wanted, i) && passes(i);
      const projects = await listedProjects(request, services.projects);
      if (recursion === 2) {
        return sync((await Promise.all(projects.map((p) => services.instances.listFull(p, accepts)))).flat());
      }
      const instances = (await Promise.all(projects.map((p) => services.instances.list(p)))).flat().filter(accepts);
      return sync(recursion === 1 ? instances : instances.map((i) => instanceUrl(noun, i)));
    });

    const backupBody = "application/octet-stream";
    app.addContentTypeParser(backupBody, (_request: unknown, payload: IncomingMessage, done) => done(null, payload));
    /** Before the body is taken for a description. */
    const preValidation = async (request: FastifyRequest, reply: FastifyReply) => {
      if (!(request.body instanceof Readable)) return;
      const said = parseImportHeaders(request.headers);
      const operation = await receiveBackup(request.body, (stream) =>
        services.instances.import(request.project, stream, said),
      );
      await reply.send(accepted(reply, operation));
    };

    app.post("/", { preValidation, schema: { body: instanceCreateSchema } }, async (request, reply) => {
      const create = only === undefined ? request.body : { ...request.body, type: only };
      if (create.source.type === "migration") {
        const side = await services.migrations.receiveInstance(request.project, create);
        const peer = peerOf(create.source.mode, create.source);
        return accepted(reply, await beginMigration(context, request.project, side, peer));
      }
      return accepted(reply, await services.instances.create(request.project, create));
    });

    app.get("/:name", { schema: { ...schema, querystring: oneQuerySchema } }, async (request, reply) => {
      const instance = await find(request);
      reply.header("etag", instanceEtag(instance));
      if (request.query.recursion === 0) return sync(instance);
      const { project, name } = instance;
      const [state, snapshots, backups] = await Promise.all([
        services.instances.state(project, name),
        services.snapshots.list(project, name),
        services.backups.list({ project, name }),
      ]);
      return sync<InstanceFull>({ ...instance, state, snapshots, backups });
    });

    app.put("/:name", { schema: { ...schema, body: instancePutSchema } }, async (request, reply) => {
      const { name } = await find(request);
      const change: InstanceChange = (current) => {
        requireSeen(request, current);
        return request.body;
      };
      return accepted(reply, await services.instances.update(request.project, name, change));
    });

    // Other than PUT, and as in LXD, it is answered when it is done.
    app.patch("/:name", { schema: { ...schema, body: instancePutSchema } }, async (request) => {
      const { name } = await find(request);
      const operation = await services.instances.update(request.project, name, (current) => {
        requireSeen(request, current);
        return patched(current, request.body);
      });
      await operation.done;
      if (operation.error) throw operation.error;
      return done();
    });

    app.post("/:name", { schema: { ...schema, body: instanceRenameSchema } }, async (request, reply) => {
      const { name } = await find(request);
      const { migration, pool, project, live, instance_only, target } = request.body;
      if (project && project !== request.project) {
        if (pool) return notSupported("Moving an instance to another project and another pool at once");
        const to = { project, name: request.body.name };
        return accepted(reply, await services.instances.moveToProject(request.project, name, to));
      }
      if (migration && !pool) {
        const what = { project: request.project, name, instanceOnly: instance_only === true, live: live === true };
        const side = await services.migrations.sendInstance(what);
        return accepted(reply, await beginMigration(context, request.project, side, sentTo(target)));
      }
      if (pool)
        return accepted(reply, await services.instances.move(request.project, name, { pool, name: request.body.name }));
      return accepted(reply, await services.instances.rename(request.project, name, request.body.name));
    });

    app.post("/:name/rebuild", { schema: { ...schema, body: instanceRebuildSchema } }, async (request, reply) => {
      const { name } = await find(request);
      return accepted(reply, await services.instances.rebuild(request.project, name, request.body));
    });

    app.post("/:name/fork", { schema: { ...schema, body: instanceForkSchema } }, async (request, reply) => {
      const { name } = await find(request);
      return accepted(reply, await services.instances.fork(request.project, name, request.body));
    });

    app.delete("/:name", { schema }, async (request, reply) => {
      const { name } = await find(request);
      return accepted(reply, await services.instances.delete(request.project, name));
    });

    async function find(request: FastifyRequest): Promise<Instance> {
      const { name } = instanceParamsSchema.parse(request.params);
      const instance = await services.instances.get(request.project, name);
      if (only === undefined || instance.type === only) return instance;
      throw new LodgeError({ code: "instance_not_found", message: `Instance ${name} is no ${only}.` });
    }
  };
}

/** By If-Match. */
function requireSeen(request: FastifyRequest, current: EditableInstance): void {
  requireMatch(request, instanceEtag(current), `Instance ${current.name}`);
}

/** PATCH: what is given replaces or, in maps, joins what is there. */
function patched(current: EditableInstance, change: InstancePut): InstancePut {
  const { architecture, description, config, devices, profiles, ephemeral } = current;
  return {
    architecture: change.architecture ?? architecture,
    description: change.description ?? description,
    config: { ...config, ...change.config },
    devices: { ...devices, ...change.devices },
    profiles: change.profiles ?? [...profiles],
    ephemeral: change.ephemeral ?? ephemeral,
  };
}
