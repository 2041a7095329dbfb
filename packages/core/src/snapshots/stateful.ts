import { LodgeError } from "@lodge/api";
import { type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import type { Runs } from "../instances/runs.ts";
import type { KeptState } from "../instances/saved-state.ts";
import { makePlace, requireStates, savingProgress, stateDriverOf } from "../instances/states/keeping.ts";
import type { OperationContext } from "../operations/operation.ts";
import type { SnapshotOf } from "../storage/snapshots.ts";
import type { InstanceRecord, StateRecord } from "../store.ts";
import { liveRootOf } from "./live-root.ts";

/** Refuses a stateful snapshot of what has no state. */
export async function requireState(deps: InstanceDependencies, runs: Runs, owner: InstanceRecord): Promise<void> {
  await requireStates(deps, owner);
  if (runs.isRunning(owner.id)) await stateDriverOf(deps, owner, "snapshot");
  else stateOf(owner);
}

/** Keeps root and state of one moment; of an instance that was stopped with its state, that one. The caller holds the lock. */
export async function keepWithState(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  place: SnapshotOf,
  context: Pick<OperationContext, "report" | "signal">,
): Promise<StateRecord> {
  const { snapshots } = poolOf(deps, owner.pool);
  if (runs.isRunning(owner.id)) return keepRunning(deps, runs, owner, place, context);
  const state = stateOf(owner);
  await snapshots.create(place);
  return state;
}

function stateOf({ name, state }: InstanceRecord): StateRecord {
  if (state) return state;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" is not running and holds no state; leave out "stateful".`,
  });
}

/** The pool prepares all that it can and then asks the run to stand still: for that it has the moment in which the state is cut off. */
async function keepRunning(
  deps: InstanceDependencies,
  runs: Runs,
  owner: InstanceRecord,
  place: SnapshotOf,
  { report, signal }: Pick<OperationContext, "report" | "signal">,
): Promise<StateRecord> {
  const driver = await stateDriverOf(deps, owner, "snapshot");
  const { state, directory } = await makePlace(deps, owner);
  const { disk } = liveRootOf(deps, runs, owner) ?? {};
  let kept: KeptState | undefined;
  const still = async <T>(work: () => Promise<T>): Promise<T> => {
    const done: T[] = [];
    const request = { directory, form: "copy", afterwards: "run" } as const;
    const whileStill = async () => void done.push(await work());
    kept = await driver.saveState(owner.id, { ...request, still: whileStill }, savingProgress(report), signal);
    for (const result of done) return result;
    throw new LodgeError({ code: "internal", message: `Nothing was kept while "${owner.name}" stood still.` });
  };
  await poolOf(deps, owner.pool).snapshots.create(place, { still, ...(disk && { disk }) });
  if (!kept) throw new LodgeError({ code: "internal", message: `"${owner.name}" was kept without standing still.` });
  report({ stood_still_milliseconds: Math.round(kept.stoodStill), state_size: kept.size });
  return { id: state, size: kept.size };
}
