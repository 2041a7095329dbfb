import type { VolumeName } from "@lodge/core";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { atHome } from "../query.ts";
import { backupRoutes } from "./backups.ts";

const paramsSchema = z.object({ pool: z.string().min(1), name: z.string().min(1) });

/** `/1.0/storage-pools/POOL/volumes/custom/NAME/backups`. */
export async function volumeBackupRoutes(app: Api, { services, log }: RouteContext): Promise<void> {
  atHome(app, services.projects, "features.storage.volumes");
  backupRoutes<VolumeName>(app, {
    path: "/:pool/volumes/custom/:name",
    params: paramsSchema,
    backups: services.volumeBackups,
    log,
    nameOf: ({ project, params }) => ({ project, ...(params as z.infer<typeof paramsSchema>) }),
    urlOf: ({ pool, name }) =>
      `/1.0/storage-pools/${encodeURIComponent(pool)}/volumes/custom/${encodeURIComponent(name)}`,
  });
}
