import type { StorageVolumeCreate } from "@lodge/api";
import type { RunningOperation } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import { refuseAsked } from "../access/authorize.ts";
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
  // Where a body may be a file, nobody has looked at what it asks for.
  refuseAsked(caller, request);
  if (source?.type !== "migration") return volumes.create(project, pool, request);
  const side = await migrations.receiveVolume(project, pool, request);
  const peer = peerOf(source.mode, source);
  return beginMigration(context, project, side, peer);
}
