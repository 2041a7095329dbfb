import { type InstanceType, LodgeError } from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { done, sync } from "../envelope.ts";
import { instanceParamsSchema } from "../query.ts";
import { recordingKey } from "../sessions/recorded-output.ts";

const fileParamsSchema = instanceParamsSchema.extend({ file: z.string().min(1) });

/** What LXD calls the log of the program that runs an instance; its client asks for it by that name. */
const runtimeLogs = { container: "lxc.log", "virtual-machine": "qemu.log" } as const;

/** `…/NAME/logs`: the logs of the console and of what runs it, and what exec recorded. */
export async function instanceLogRoutes(app: Api, { services, recorded }: RouteContext): Promise<void> {
  const schema = { params: instanceParamsSchema };
  const fileSchema = { params: fileParamsSchema };

  app.get("/:name/logs", { schema }, async (request) => {
    const { name, type } = await services.instances.get(request.project, request.params.name);
    return sync(["console.log", runtimeLogs[type]].map((file) => `/1.0/instances/${name}/logs/${file}`));
  });

  app.get("/:name/logs/:file", { schema: fileSchema }, async (request, reply) => {
    const { name, file } = request.params;
    const { type } = await services.instances.get(request.project, name);
    reply.type("application/octet-stream");
    if (file === "console.log") return reply.send(await services.instances.consoleLog(request.project, name));
    if (file === runtimeLogs[type]) return reply.send(await services.instances.runtimeLog(request.project, name));
    throw noLog(name, file, type);
  });

  /** As in LXD, what runs an instance keeps its log. */
  app.delete("/:name/logs/:file", { schema: fileSchema }, async (request) => {
    const { name, file } = request.params;
    const { type } = await services.instances.get(request.project, name);
    if (file !== "console.log") throw file === runtimeLogs[type] ? keptLog(name, file) : noLog(name, file, type);
    await services.instances.clearConsoleLog(request.project, name);
    return done();
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

function noLog(name: string, file: string, type: InstanceType): LodgeError {
  return new LodgeError({
    code: "file_not_found",
    message: `Instance ${name} has no log ${file}; there are console.log and ${runtimeLogs[type]}.`,
  });
}

function keptLog(name: string, file: string): LodgeError {
  return new LodgeError({
    code: "request_invalid",
    message: `The log ${file} of instance ${name} is what its runs are understood by and goes with the instance; console.log can be deleted.`,
  });
}
