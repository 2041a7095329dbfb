import { asLodgeError, type Instance, instanceStatePutSchema, LodgeError, type StateAction } from "@lodge/api";
import type { RunningOperation } from "@lodge/core";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { accepted, sync } from "../envelope.ts";
import { instanceParamsSchema, instanceUrl } from "../query.ts";

const bulkSchema = z.object({ state: instanceStatePutSchema });

/** `…/NAME/state`, and `PUT /1.0/instances` for all at once. */
export async function instanceStateRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const schema = { params: instanceParamsSchema };

  app.get("/:name/state", { schema }, async (request) =>
    sync(await services.instances.state(request.project, request.params.name)),
  );

  app.put("/:name/state", { schema: { ...schema, body: instanceStatePutSchema } }, async (request, reply) =>
    accepted(reply, await services.instances.changeState(request.project, request.params.name, request.body)),
  );

  app.put("/", { schema: { body: bulkSchema } }, async (request, reply) => {
    const { project } = request;
    const change = request.body.state;
    const instances = (await services.instances.list(project)).filter((i) => fits(i, change.action));
    const operation = await services.operations.begin(
      {
        description: `Changing the state of all instances (${change.action})`,
        resources: { instances: instances.map((i) => instanceUrl("instances", i)) },
        project,
        cancellable: false,
      },
      async () => {
        const begin = (i: Instance) => services.instances.changeState(project, i.name, change);
        requireSuccess(await Promise.all(instances.map(async (i) => outcome(i.name, begin(i)))));
        return undefined;
      },
    );
    return accepted(reply, operation);
  });
}

/** Whether a bulk action means an instance: those that are there already are passed over. */
function fits({ status }: Instance, action: StateAction): boolean {
  if (action === "start") return status === "Stopped";
  if (action === "unfreeze") return status === "Frozen";
  return status === "Running" || (status !== "Stopped" && action === "stop");
}

async function outcome(name: string, begun: Promise<RunningOperation>): Promise<string | undefined> {
  try {
    const operation = await begun;
    await operation.done;
    return operation.error && `${name}: ${operation.error.message}`;
  } catch (error) {
    return `${name}: ${asLodgeError(error).message}`;
  }
}

function requireSuccess(outcomes: readonly (string | undefined)[]): void {
  const failures = outcomes.filter((o) => o !== undefined);
  if (failures.length === 0) return;
  throw new LodgeError({ code: "instance_operation_failed", message: failures.join("\n") });
}
