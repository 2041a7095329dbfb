/** What it takes to keep the state of a run. */
import { isTrue, LodgeError } from "@lodge/api";
import type { Progress } from "../../storage/pool.ts";
import type { StateId } from "../../storage/states.ts";
import type { InstanceRecord } from "../../store.ts";
import { driverOf, type InstanceDependencies, poolOf, type RuntimeDriver } from "../dependencies.ts";
import { shortId } from "../identity.ts";
import { InstanceRecords } from "../records.ts";
import type { SavedStates, StateUse } from "../saved-state.ts";

/** Bytes that the devices take, and what a guest may touch while its memory is read. */
const margin = 64 * 2 ** 20;

/** The driver of an instance that runs and whose state it can keep. */
export async function stateDriverOf(
  deps: InstanceDependencies,
  record: InstanceRecord,
  use: StateUse,
): Promise<SavedStates> {
  const driver = await requireStates(deps, record);
  const refusal = await driver.stateRefusal(record.id, use);
  if (refusal !== undefined) throw unsupported(record.name, refusal);
  return driver;
}

/** Refuses an instance that never has a state, running or not. */
export async function requireStates(deps: InstanceDependencies, record: InstanceRecord): Promise<SavedStates> {
  const { name, type } = record;
  const driver = driverOf(deps, type);
  if (!keepsStates(driver)) throw unsupported(name, `it is a ${type}; only the memory of virtual machines can be kept`);
  const allowed = (await new InstanceRecords(deps.store).expand(record)).config["migration.stateful"];
  if (allowed !== undefined && !isTrue(allowed)) throw unsupported(name, "its migration.stateful is false");
  return driver;
}

const keepsStates = (driver: RuntimeDriver): driver is RuntimeDriver & SavedStates => driver.saveState !== undefined;

export function unsupported(name: string, reason: string): LodgeError {
  return new LodgeError({
    code: "state_unsupported",
    message: `The state of instance "${name}" cannot be kept: ${reason}. Leave out "stateful".`,
  });
}

/** A place for the state of an instance that runs, with room for all that it may be. */
export async function makePlace(
  deps: InstanceDependencies,
  { id, type, pool }: InstanceRecord,
): Promise<{ readonly state: StateId; readonly directory: string }> {
  const state = shortId(deps.newUuid()) as string as StateId;
  const { memoryBytes } = await driverOf(deps, type).observe(id);
  const directory = await poolOf(deps, pool).states.create({ root: id, state }, memoryBytes + margin);
  return { state, directory };
}

/** How saving shows in an operation. */
export function savingProgress(report: (metadata: Readonly<Record<string, unknown>>) => void): Progress {
  return (percent) => report({ save_state_progress: `Saving state: ${Math.floor(percent)}%` });
}
