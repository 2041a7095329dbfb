import { type ExecPost, execPostSchema, LodgeError } from "@lodge/api";
import type { ExecRequest, ExecSession, OperationContext } from "@lodge/core";
import type { Api, RouteContext } from "../api.ts";
import { accepted } from "../envelope.ts";
import { instanceParamsSchema, url } from "../query.ts";
import { runDetached } from "../sessions/detached.ts";
import { readEarly } from "../sessions/early-reader.ts";
import { execSockets, runExec } from "../sessions/exec.ts";
import { recordingKey } from "../sessions/recorded-output.ts";
import { SocketSet } from "../sessions/socket-set.ts";

/** `POST …/NAME/exec`: begins the command at once, so that what is wrong has an HTTP status. */
export async function instanceExecRoutes(app: Api, context: RouteContext): Promise<void> {
  const { services } = context;
  const schema = { params: instanceParamsSchema, body: execPostSchema };

  app.post("/:name/exec", { schema }, async (request, reply) => {
    const { body, project } = request;
    const { name } = request.params;
    if (body["record-output"] && (body["wait-for-websocket"] || body.interactive)) {
      throw new LodgeError({
        code: "request_invalid",
        message: "record-output records commands that run without websockets and without a terminal.",
      });
    }
    const session = readEarly(await services.instances.exec(project, name, execRequest(body)));
    const attached = body["wait-for-websocket"];
    const sockets = attached ? new SocketSet(execSockets(body.interactive), context.connectTimeout) : undefined;
    let end = async () => {};
    try {
      if (body["stop-after"]) end = await services.instances.bindToSession(project, name);
      const operation = await services.operations.begin(
        {
          class: attached ? "websocket" : "task",
          description: "Executing command",
          resources: { instances: [url("instances", name, project)] },
          project,
          metadata: {
            command: body.command,
            environment: body.environment ?? {},
            interactive: body.interactive,
            ...(sockets && { fds: sockets.secrets }),
          },
        },
        (operation) =>
          endingWith(context, name, end, () =>
            sockets
              ? runAttached(context, session, sockets, body.interactive, operation)
              : runAlone(context, session, { project, name, record: body["record-output"] }, operation),
          ),
      );
      return accepted(reply, operation);
    } catch (error) {
      sockets?.dispose();
      session.close();
      await end();
      throw error;
    }
  });
}

/** Before the client hears that the command has ended, an instance that was there for it is gone. */
async function endingWith<Result>(
  { log }: RouteContext,
  instance: string,
  end: () => Promise<void>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } finally {
    await end().catch((err: unknown) =>
      log.error({ instance, err }, "an instance could not be ended with its session"),
    );
  }
}

async function runAttached(
  { hub, log }: RouteContext,
  session: ExecSession,
  sockets: SocketSet,
  interactive: boolean,
  { id, signal }: OperationContext,
): Promise<Record<string, unknown>> {
  const withdraw = hub.offer(id, sockets);
  try {
    return { return: await runExec(session, sockets, { interactive, signal, log }) };
  } finally {
    withdraw();
  }
}

async function runAlone(
  { recorded, services }: RouteContext,
  session: ExecSession,
  { project, name, record }: { project: string; name: string; record: boolean },
  { id, signal }: OperationContext,
): Promise<Record<string, unknown>> {
  if (!record) return { return: await runDetached(session, undefined, signal) };
  const outputs = await openRecording().catch((error: unknown) => {
    session.close();
    throw error;
  });
  const status = await runDetached(session, outputs, signal);
  const [stdout, stderr] = outputs.names.map((file) => `/1.0/instances/${name}/logs/exec-output/${file}`);
  return { return: status, output: { 1: stdout, 2: stderr } };

  async function openRecording() {
    const { config } = await services.instances.get(project, name);
    return recorded.create(recordingKey(config), id);
  }
}

function execRequest(body: ExecPost): ExecRequest {
  return {
    command: body.command,
    environment: body.environment ?? {},
    uid: body.user ?? 0,
    gid: body.group ?? 0,
    ...(body.cwd && { cwd: body.cwd }),
    ...(body.interactive && { terminal: { columns: body.width || 80, rows: body.height || 24 } }),
  };
}
