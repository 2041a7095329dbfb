/** Restarts that the daemon which began them did not live to finish. */
import { asLodgeError } from "@lodge/api";
import type { InstanceRecord } from "../../store.ts";
import type { InstanceDependencies } from "../dependencies.ts";
import type { Runs } from "../runs.ts";

export const toRestart = (record: InstanceRecord): InstanceRecord => ({ ...record, restarting: true });

export function withoutRestart({ restarting: _over, ...record }: InstanceRecord): InstanceRecord {
  return record;
}

/** Seconds in which the end of a run is taken for that of the restart: a guest that was asked to power off may need them. */
const patience = 120;

/**
 * At daemon start, when recovery is through: those that still run. Their guests may have been asked to power off, or never were, or this is
 * the next run already; only their end tells. Those that do not run are started as after a boot of the host.
 */
export async function finishRestarts(
  deps: InstanceDependencies,
  runs: Runs,
  running: readonly InstanceRecord[],
): Promise<void> {
  await Promise.all(running.filter(({ restarting }) => restarting).map((record) => finishRestart(deps, runs, record)));
}

async function finishRestart({ log }: InstanceDependencies, runs: Runs, { id, name }: InstanceRecord): Promise<void> {
  try {
    await runs.stop(id, { force: false, timeout: patience, fate: "restart", end: async () => undefined });
    await runs.startAgain(id, new AbortController().signal);
  } catch (error) {
    const inWords = { instance: name, err: error };
    if (asLodgeError(error).code === "timed_out") log.info(inWords, "an interrupted restart is given up: it runs on");
    else log.warn(inWords, "an interrupted restart was not finished");
  }
}
