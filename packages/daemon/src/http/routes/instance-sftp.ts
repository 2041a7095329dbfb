import type { Duplex } from "node:stream";
import type { GuestFiles } from "@lodge/core";
import type { Api, RouteContext } from "../api.ts";
import { instanceParamsSchema } from "../query.ts";

/** `GET …/NAME/sftp` with `Upgrade: sftp`: the connection goes on as SFTP, version 3, with the instance's files. */
export async function instanceSftpRoutes(app: Api, { services, upgrades, log }: RouteContext): Promise<void> {
  app.get("/:name/sftp", { schema: { params: instanceParamsSchema } }, async (request, reply) => {
    upgrades.require(request, "sftp");
    const { name } = request.params;
    const files = await services.instances.files(request.project, name);
    const connection = upgrades.accept(request, reply, "sftp");
    serve(files, connection).catch((err: unknown) =>
      log.warn({ instance: name, err }, "files are not served any more"),
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
