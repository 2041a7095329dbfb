import { warningPutSchema } from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { done, sync } from "../envelope.ts";
import { parseFilter } from "../filter.ts";
import { listQuerySchema, namesProject, url } from "../query.ts";

const paramsSchema = z.object({ uuid: z.uuid() });
const querySchema = listQuerySchema.extend({ project: z.string().optional() });

/** `/1.0/warnings`: trouble that the daemon knows of. */
export async function warningRoutes(app: Api, { services: { warnings } }: RouteContext): Promise<void> {
  const schema = { params: paramsSchema };

  /** With a project: those about it. */
  app.get("/", { schema: { querystring: querySchema } }, async (request) => {
    const accepts = parseFilter(request.query.filter);
    const one = namesProject(request);
    const list = (await warnings.list()).filter((each) => (!one || each.project === request.project) && accepts(each));
    return sync(request.query.recursion === 0 ? list.map(({ uuid }) => url("warnings", uuid)) : list);
  });

  app.get("/:uuid", { schema }, async ({ params }) => sync(await warnings.get(params.uuid)));

  for (const method of ["PUT", "PATCH"] as const) {
    app.route({
      ...{ method, url: "/:uuid", schema: { ...schema, body: warningPutSchema } },
      handler: async ({ params, body }) => {
        await warnings.update(params.uuid, body);
        return done();
      },
    });
  }

  app.delete("/:uuid", { schema }, async ({ params }) => {
    await warnings.delete(params.uuid);
    return done();
  });
}
