import type { InstanceName } from "@lodge/core";
import type { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { instanceParamsSchema } from "../query.ts";
import { backupRoutes } from "./backups.ts";

/** `/1.0/instances/NAME/backups`. */
export async function instanceBackupRoutes(app: Api, { services, log }: RouteContext): Promise<void> {
  backupRoutes<InstanceName>(app, {
    path: "/:name",
    params: instanceParamsSchema,
    backups: services.backups,
    log,
    nameOf: ({ project, params }) => ({ project, name: (params as z.infer<typeof instanceParamsSchema>).name }),
    urlOf: ({ name }) => `/1.0/instances/${encodeURIComponent(name)}`,
  });
}
