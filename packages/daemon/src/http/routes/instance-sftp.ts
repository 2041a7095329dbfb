import type { Api, RouteContext } from "../api.ts";
import { instanceParamsSchema } from "../query.ts";
import { sftpRoutes } from "../sftp-routes.ts";

/** `GET …/NAME/sftp`: an instance's files. */
export async function instanceSftpRoutes(app: Api, context: RouteContext): Promise<void> {
  sftpRoutes(app, context, {
    url: "/:name",
    params: instanceParamsSchema,
    open: (project, { name }) => context.services.instances.files(project, name),
  });
}
