import { type InstanceStatePut, LodgeError } from "@lodge/api";
import type { OperationWork, RunningOperation } from "../operations/operation.ts";
import type { InstanceRecord } from "../store.ts";
import { startFirst } from "../templates/first-start.ts";
import type { Templates } from "../templates/templates.ts";
import { driverOf, type InstanceDependencies, instanceUrl } from "./dependencies.ts";
import { isFresh } from "./fresh.ts";
import { frozenByGovernor, takeFromGovernor } from "./frozen-note.ts";
import { requireTimeLeft } from "./life/lifetime.ts";
import { mayStart } from "./life/problem.ts";
import { requireStartable } from "./protection.ts";
import { InstanceRecords } from "./records.ts";
import type { Runs } from "./runs.ts";
import { requireSuspendable, stopWithState } from "./states/suspend.ts";

/** Seconds; what LXD waits for a clean stop when the client says nothing. */
const defaultStopTimeout = 600;

const descriptions: Readonly<Record<InstanceStatePut["action"], string>> = {
  start: "Starting instance",
  stop: "Stopping instance",
  restart: "Restarting instance",
  freeze: "Freezing instance",
  unfreeze: "Unfreezing instance",
};

/** Start, stop, restart, freeze and unfreeze, each an operation. A wrong state is refused before it begins. */
export async function changeState(
  deps: InstanceDependencies,
  runs: Runs,
  templates: Templates | undefined,
  record: InstanceRecord,
  change: InstanceStatePut,
): Promise<RunningOperation> {
  await requireFittingState(deps, runs, record, change.action);
  if (change.stateful) await requireState(deps, runs, record, change.action);
  const stop = {
    force: change.force === true,
    timeout: change.timeout !== undefined && change.timeout > 0 ? change.timeout : defaultStopTimeout,
  };
  const { id } = record;
  const driver = driverOf(deps, record.type);
  const start: OperationWork = async ({ signal }) => {
    await deps.lock.run(id, async () => {
      const current = await deps.store.instances.get(id);
      if (templates && current && isFresh(current) && !runs.isRunning(id)) {
        runs.forget(id);
        await startFirst(deps, runs, templates, current, signal);
      } else await runs.start(id, signal, { stateless: change.stateful === false });
    });
    return undefined;
  };
  const stateful = change.action === "stop" && change.stateful === true;
  const work: Readonly<Record<InstanceStatePut["action"], OperationWork>> = {
    start,
    stop: async (context) => {
      if (stateful) await stopWithState(deps, runs, record, context);
      else if (runs.isRunning(id)) await runs.stop(id, stop);
      else await deps.lock.run(id, () => runs.abandon(id));
      return undefined;
    },
    restart: async (context) => {
      if (!runs.isRunning(id)) return start(context);
      await runs.stop(id, { ...stop, fate: "restart" });
      await runs.startAgain(id, context.signal);
      return undefined;
    },
    freeze: async () => {
      await deps.lock.run(id, async () => {
        await driver.pause(id);
        await takeFromGovernor(deps.store, id);
      });
      deps.events.lifecycle("instance-paused", instanceUrl(record.name), {}, record.project);
      return undefined;
    },
    unfreeze: async () => {
      await deps.lock.run(id, async () => {
        await driver.resume(id);
        await takeFromGovernor(deps.store, id);
      });
      deps.events.lifecycle("instance-resumed", instanceUrl(record.name), {}, record.project);
      return undefined;
    },
  };
  return deps.operations.begin(
    {
      description: descriptions[change.action],
      resources: { instances: [instanceUrl(record.name)] },
      project: record.project,
      cancellable: change.action === "start" || stateful,
    },
    work[change.action],
  );
}

/** Refuses `stateful` where there is no state to be kept or to begin from. */
async function requireState(
  deps: InstanceDependencies,
  runs: Runs,
  record: InstanceRecord,
  action: InstanceStatePut["action"],
): Promise<void> {
  const { name, state } = record;
  if (action === "stop") return requireSuspendable(deps, runs, record);
  if (action !== "start")
    throw new LodgeError({ code: "not_supported", message: `There is no stateful ${action} of "${name}".` });
  if (state) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" was not stopped with its state; start it without "stateful".`,
  });
}

async function requireFittingState(
  deps: InstanceDependencies,
  runs: Runs,
  record: InstanceRecord,
  action: InstanceStatePut["action"],
): Promise<void> {
  const running = runs.isRunning(record.id);
  // Before anything is stopped: what is restarted must be allowed to start.
  if (action === "start" || action === "restart") {
    const { config } = await new InstanceRecords(deps.store).expand(record);
    requireStartable(record.name, config);
    requireTimeLeft(record.name, config, deps.now());
  }
  if (action === "start") {
    if (!running) return;
    throw new LodgeError({ code: "instance_wrong_state", message: `Instance "${record.name}" is already running.` });
  }
  if (!running) {
    // It waits to be started, or was given up: a stop settles that, a restart does not wait for it.
    if ((action === "stop" || action === "restart") && mayStart(record)) return;
    throw new LodgeError({
      code: "instance_wrong_state",
      message: `Instance "${record.name}" is not running; "lodge start ${record.name}" starts it.`,
    });
  }
  const { status } = await driverOf(deps, record.type).observe(record.id);
  // One that the governor froze can be paused: then it does not go on by itself.
  if (action === "freeze" && status === "Frozen" && !frozenByGovernor(record))
    throw new LodgeError({ code: "instance_wrong_state", message: `Instance "${record.name}" is already paused.` });
  if (action === "unfreeze" && status !== "Frozen")
    throw new LodgeError({ code: "instance_wrong_state", message: `Instance "${record.name}" is not paused.` });
}
