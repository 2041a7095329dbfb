import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { fileRoutes } from "../file-routes.ts";
import { atHome } from "../query.ts";
import { sftpRoutes } from "../sftp-routes.ts";

const volumeParamsSchema = z.object({ pool: z.string().min(1), name: z.string().min(1) });

/** `/1.0/storage-pools/POOL/volumes/custom/NAME/files?path=` and `…/sftp`: files of a volume. */
export async function volumeFileRoutes(app: Api, context: RouteContext): Promise<void> {
  const { services } = context;
  atHome(app, services.projects, "features.storage.volumes");
  const owner = {
    url: "/:pool/volumes/custom/:name",
    params: volumeParamsSchema,
    open: (project: string, { pool, name }: z.infer<typeof volumeParamsSchema>) =>
      services.volumes.files({ project, pool, name }),
  };
  fileRoutes(app, owner);
  sftpRoutes(app, context, owner);
}
