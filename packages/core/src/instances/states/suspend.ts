import { LodgeError } from "@lodge/api";
import type { OperationContext } from "../../operations/operation.ts";
import type { InstanceRecord } from "../../store.ts";
import { driverOf, type InstanceDependencies } from "../dependencies.ts";
import { frozenByGovernor } from "../frozen-note.ts";
import type { Runs } from "../runs.ts";
import { makePlace, requireStates, savingProgress, stateDriverOf, unsupported } from "./keeping.ts";
import { settleStates } from "./settle.ts";

/** Refuses to stop with its state what has none to keep, or would not be there to have it. */
export async function requireSuspendable(deps: InstanceDependencies, runs: Runs, record: InstanceRecord) {
  await requireStates(deps, record);
  if (!runs.isRunning(record.id)) {
    const message = `Instance "${record.name}" is not running: it has no state to keep.`;
    throw new LodgeError({ code: "instance_wrong_state", message });
  }
  if (record.ephemeral) throw unsupported(record.name, "it is ephemeral and is deleted when it stops");
  await stateDriverOf(deps, record, "stop");
}

/** Ends a run and keeps its state, from which the next one begins. */
export async function stopWithState(
  deps: InstanceDependencies,
  runs: Runs,
  record: InstanceRecord,
  context: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  const { id, name } = record;
  await runs.stop(id, { force: true, timeout: 0, end: () => suspend(deps, record, context) });
  if ((await deps.store.instances.get(id))?.state) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" powered off by itself before its state was kept.`,
  });
}

/**
 * The record names the state and wants no run any more while the guest still stands still: whatever dies then, the state is what is
 * left. The caller holds the lock.
 */
async function suspend(
  deps: InstanceDependencies,
  record: InstanceRecord,
  { report, signal }: Pick<OperationContext, "report" | "signal">,
): Promise<void> {
  const { store } = deps;
  const { id } = record;
  const driver = await stateDriverOf(deps, record, "stop");
  const { state, directory } = await makePlace(deps, record);
  const before = await store.instances.get(id);
  // What a user paused comes back paused; this would, too.
  if (before && frozenByGovernor(before)) await driverOf(deps, record.type).resume(id);
  try {
    await driver.saveState(
      id,
      {
        directory,
        form: "copy",
        still: async () => undefined,
        afterwards: "end",
        whole: async ({ size }) => {
          const current = (await store.instances.get(id)) ?? record;
          await store.instances.put({ ...current, wanted: false, state: { id: state, size } });
        },
      },
      savingProgress(report),
      signal,
    );
  } catch (error) {
    await settleStates(deps, id);
    throw error;
  }
}
