import type { Duplex } from "node:stream";
import type { GuestFiles } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Api, RouteContext } from "./api.ts";
import type { FileOwner } from "./file-routes.ts";

/** `GET URL/sftp` with `Upgrade: sftp`: the connection goes on as SFTP, version 3, with the files of an instance or a volume. */
export function sftpRoutes<Params extends z.ZodObject>(
  app: Api,
  { upgrades, log }: RouteContext,
  { url, params, open }: FileOwner<Params>,
): void {
  app.get(`${url}/sftp`, { schema: { params } }, async (request: FastifyRequest, reply) => {
    upgrades.require(request, "sftp");
    const files = await open(request.project, request.params as z.infer<Params>);
    const connection = upgrades.accept(request, reply, "sftp");
    serve(files, connection).catch((err: unknown) =>
      log.warn({ of: request.params, err }, "files are not served any more"),
    );
    return reply;
  });
}

async function serve(files: GuestFiles, connection: Duplex): Promise<void> {
  try {
    await files.serve(connection);
  } finally {
    await files.close();
  }
}
