import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LodgeError, storageVolumeCreateSchema } from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { receiveBackup } from "../backups/receive-backup.ts";
import { accepted, created } from "../envelope.ts";
import { headerOf } from "../file-headers.ts";
import { jsonBodyLimit, parseJson, streamBodies } from "../json-body.ts";
import { createVolume } from "../migration/create-volume.ts";
import { atHome } from "../query.ts";
import { parseBody } from "../validation.ts";

const paramsSchema = z.object({ pool: z.string().min(1) });

/**
 * `POST …/volumes/custom`: a backup as the body, or, by `X-LXD-type`, an ISO; a name in `X-LXD-name` or `X-Incus-name`. Or, in JSON, what is
 * to be made.
 */
export async function volumeUploadRoutes(app: Api, context: RouteContext): Promise<void> {
  const { services } = context;
  atHome(app, services.projects, "features.storage.volumes");
  const { volumes } = services;
  streamBodies(app);

  app.post("/:pool/volumes/custom", { schema: { params: paramsSchema } }, async (request, reply) => {
    const { project, headers, params } = request;
    const body = request.body instanceof Readable ? request.body : Readable.from([]);
    if (headers["content-type"]?.toLowerCase() !== "application/octet-stream") {
      const wanted = parseBody(storageVolumeCreateSchema, parseJson(await readText(body)));
      const operation = await createVolume(context, request, params.pool, wanted);
      if (operation) return accepted(reply, operation);
      return created(reply, `/1.0/storage-pools/${params.pool}/volumes/custom/${encodeURIComponent(wanted.name)}`);
    }
    const name = headerOf(headers, "name") ?? "";
    const type = headerOf(headers, "type") || "backup";
    requireKnown(type, name);
    if (type === "backup") {
      const begin = (stream: Readable) => volumes.importBackup(project, params.pool, stream, name);
      return accepted(reply, await receiveBackup(body, begin));
    }
    const staging = await (await services.images.of(project)).stage();
    try {
      const file = join(staging.directory, "volume.iso");
      await pipeline(body, createWriteStream(file, { mode: 0o600 }));
      return accepted(reply, await volumes.import(project, params.pool, { name, staging, file }));
    } catch (error) {
      await staging.dispose();
      throw error;
    }
  });
}

function requireKnown(type: string, name: string): void {
  if (type === "iso" || type === "backup") return;
  throw new LodgeError({
    code: "request_invalid",
    message: `Volume "${name}" cannot be imported from a ${type}: X-LXD-type is "backup" or "iso".`,
  });
}

async function readText(body: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > jsonBodyLimit) throw new LodgeError({ code: "request_invalid", message: "The body is too large." });
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
