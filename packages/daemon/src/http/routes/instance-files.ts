import type { Api, RouteContext } from "../api.ts";
import { type FileOwner, fileRenameRoute, fileRoutes } from "../file-routes.ts";
import { instanceParamsSchema } from "../query.ts";

const ownerOf = ({ services }: RouteContext): FileOwner<typeof instanceParamsSchema> => ({
  url: "/:name",
  params: instanceParamsSchema,
  open: (project, { name }) => services.instances.files(project, name),
});

/** `…/NAME/files?path=`: files and directories inside an instance. */
export async function instanceFileRoutes(app: Api, context: RouteContext): Promise<void> {
  fileRoutes(app, ownerOf(context));
}

/** Apart from the others, whose bodies are streams. */
export async function instanceFileRenameRoutes(app: Api, context: RouteContext): Promise<void> {
  fileRenameRoute(app, ownerOf(context));
}
