import type { Api, RouteContext } from "../api.ts";
import { fileRoutes } from "../file-routes.ts";
import { instanceParamsSchema } from "../query.ts";

/** `…/NAME/files?path=`: files and directories inside an instance. */
export async function instanceFileRoutes(app: Api, { services }: RouteContext): Promise<void> {
  fileRoutes(app, {
    url: "/:name",
    params: instanceParamsSchema,
    open: (project, { name }) => services.instances.files(project, name),
  });
}
