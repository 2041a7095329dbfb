/** What of a virtual machine that runs its forks begin from. */
import { LodgeError } from "@lodge/api";
import type { OperationContext } from "../../operations/operation.ts";
import { liveRootOf } from "../../snapshots/live-root.ts";
import type { LiveRoot } from "../../storage/snapshots.ts";
import type { StateId } from "../../storage/states.ts";
import type { InstanceRecord } from "../../store.ts";
import { driverOf, type InstanceDependencies, poolOf, type RuntimeDriver } from "../dependencies.ts";
import { shortId } from "../identity.ts";
import type { Runs } from "../runs.ts";
import type { Forks, Resumption, SavedStates } from "../saved-state.ts";
import { settleStates } from "../states/settle.ts";

/** Bytes for what lies on disk of a momentary state: the devices alone. */
const room = 64 * 2 ** 20;

/** Refuses what cannot be forked as it runs. */
export async function requireForkable(
  deps: InstanceDependencies,
  runs: Runs,
  { id, name, type }: InstanceRecord,
): Promise<void> {
  if (!runs.isRunning(id)) {
    throw new LodgeError({
      code: "instance_wrong_state",
      message: `Instance "${name}" is not running: a fork goes on where its source is. Start it, or copy its disk with "lodge copy ${name} NAME".`,
    });
  }
  const driver = driverOf(deps, type);
  if (!forks(driver)) throw unsupported(name, `the driver of instances of type ${type} cannot`);
  const refusal = await driver.stateRefusal(id, "fork");
  if (refusal !== undefined) throw unsupported(name, refusal);
}

const forks = (driver: RuntimeDriver): driver is RuntimeDriver & SavedStates & Forks =>
  driver.saveState !== undefined && driver.personalize !== undefined;

const unsupported = (name: string, reason: string): LodgeError =>
  new LodgeError({
    code: "state_unsupported",
    message: `Instance "${name}" cannot be forked: ${reason}. "lodge copy ${name} NAME" copies its disk.`,
  });

/** Disposed of, nothing is left of the state; forks that began from it go on. */
export interface KeptForForks extends AsyncDisposable {
  /** For the pool: while it holds still, the state is cut off. */
  readonly live: LiveRoot;
  readonly resumption: Resumption;
}

/** The caller holds the source's lock until it has disposed of the result. */
export async function keepForForks(
  deps: InstanceDependencies,
  runs: Runs,
  source: InstanceRecord,
  { report, signal }: Pick<OperationContext, "report" | "signal">,
): Promise<KeptForForks> {
  const driver = driverOf(deps, source.type);
  if (!forks(driver)) throw unsupported(source.name, "its driver cannot");
  const state = shortId(deps.newUuid()) as string as StateId;
  const directory = await poolOf(deps, source.pool).states.create({ root: source.id, state }, room);
  const { disk } = liveRootOf(deps, runs, source) ?? {};
  const still = async <T>(work: () => Promise<T>): Promise<T> => {
    const done: T[] = [];
    const request = { directory, form: "momentary", afterwards: "run" } as const;
    const whileStill = async () => void done.push(await work());
    const progress = (percent: number) => report({ fork_progress: `Copying memory: ${Math.floor(percent)}%` });
    const kept = await driver.saveState(source.id, { ...request, still: whileStill }, progress, signal);
    report({ stood_still_milliseconds: Math.round(kept.stoodStill), fork_progress: "Starting forks" });
    for (const result of done) return result;
    throw new LodgeError({ code: "internal", message: `Nothing was kept while "${source.name}" stood still.` });
  };
  return {
    live: { still, ...(disk && { disk }) },
    resumption: { directory, as: "fork" },
    [Symbol.asyncDispose]: async () => {
      await driver.letGoOfState(directory);
      await settleStates(deps, source.id);
    },
  };
}
