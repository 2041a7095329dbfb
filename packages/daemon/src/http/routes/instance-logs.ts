import { LodgeError } from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { done, sync } from "../envelope.ts";
import { instanceParamsSchema } from "../query.ts";
import { recordingKey } from "../sessions/recorded-output.ts";

const fileParamsSchema = instanceParamsSchema.extend({ file: z.string().min(1) });

/** `…/NAME/logs`: the console's log, and what exec recorded. */
export async function instanceLogRoutes(app: Api, { services, recorded }: RouteContext): Promise<void> {
  const schema = { params: instanceParamsSchema };
  const fileSchema = { params: fileParamsSchema };

  app.get("/:name/logs", { schema }, async (request) => {
    const { name } = await services.instances.get(request.project, request.params.name);
    return sync([`/1.0/instances/${name}/logs/console.log`]);
  });

  app.get("/:name/logs/:file", { schema: fileSchema }, async (request, reply) => {
    const { name, file } = request.params;
    if (file !== "console.log") {
      throw new LodgeError({
        code: "file_not_found",
        message: `Instance ${name} has no log ${file}; there is console.log.`,
      });
    }
    const printed = await services.instances.consoleLog(request.project, name);
    return reply.type("application/octet-stream").send(printed);
  });

  app.get("/:name/logs/exec-output", { schema }, async (request) => {
    const { name, config } = await services.instances.get(request.project, request.params.name);
    const files = await recorded.list(recordingKey(config));
    return sync(files.map((file) => `/1.0/instances/${name}/logs/exec-output/${file}`));
  });

  app.get("/:name/logs/exec-output/:file", { schema: fileSchema }, async (request, reply) => {
    const { config } = await services.instances.get(request.project, request.params.name);
    const content = await recorded.read(recordingKey(config), request.params.file);
    return reply.type("application/octet-stream").send(content);
  });

  app.delete("/:name/logs/exec-output/:file", { schema: fileSchema }, async (request) => {
    const { config } = await services.instances.get(request.project, request.params.name);
    await recorded.remove(recordingKey(config), request.params.file);
    return done();
  });
}
