import { LodgeError, type StorageVolumeCreate } from "@lodge/api";
import type { RunningOperation } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import type { RouteContext } from "../api.ts";
import { beginMigration, peerOf } from "./begin.ts";

/** A volume of any source but a file. Undefined: it is there. */
export async function createVolume(
  context: RouteContext,
  { project, caller }: Pick<FastifyRequest, "project" | "caller">,
  pool: string,
  request: StorageVolumeCreate,
): Promise<RunningOperation | undefined> {
  const { volumes, migrations } = context.services;
  const { source } = request;
  if (source?.type !== "migration") return volumes.create(project, pool, request);
  // Here the body is read late, when nobody looks at what it asks for any more.
  if (caller.kind === "restricted") {
    throw new LodgeError({
      code: "permission_denied",
      message:
        "A restricted certificate does not allow to bring anything from other servers; ask whoever administers the server.",
    });
  }
  const side = await migrations.receiveVolume(project, pool, request);
  const peer = peerOf(source.mode, source);
  return beginMigration(context, project, side, peer);
}
