import { asLodgeError, type Config, isDue, isTrue, parseSchedule } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { type ExpandedInstance, InstanceRecords } from "../instances/records.ts";
import type { Runs } from "../instances/runs.ts";
import type { SnapshotService } from "../services.ts";
import type { Store } from "../store.ts";
import type { Due, TimedWork } from "./expiry.ts";

/** Milliseconds of a minute: schedules have no finer meaning. */
const minute = 60_000;

type Dependencies = Pick<InstanceDependencies, "now" | "wait" | "log">;

/**
 * Makes snapshots when schedules say so, until the signal is aborted. Looks once in every minute that it sees begin: what
 * fell into a time when the daemon or the host did not run, or slept, is not made up for. Never throws: there is nobody to catch it.
 */
export async function watchSchedules(deps: Dependencies, sources: readonly Due[], signal: AbortSignal): Promise<void> {
  let last = minuteOf(deps.now());
  while (!signal.aborted) {
    await deps.wait(minute - (deps.now().getTime() % minute), signal).catch(() => undefined);
    const now = deps.now();
    // A clock that is set back, or a timer that is early, does nothing twice.
    if (signal.aborted || minuteOf(now) <= last) continue;
    last = minuteOf(now);
    for (const source of sources) {
      await makeDue(deps, source, now).catch((err: unknown) =>
        deps.log.error({ err }, "cannot look for scheduled snapshots"),
      );
    }
  }
}

const minuteOf = (at: Date): number => Math.floor(at.getTime() / minute);

/** Begins what is due and does not wait for it: the next minute comes. */
async function makeDue(deps: Dependencies, source: Due, now: Date): Promise<void> {
  await Promise.all((await source(now)).map((each) => makeOne(deps, each)));
}

async function makeOne({ log }: Dependencies, { of, begin }: TimedWork): Promise<void> {
  const failed = (error: unknown) => log.error({ ...of, err: error }, "a scheduled snapshot was not made");
  try {
    const operation = await begin();
    void operation.done.then(() => {
      if (operation.error) failed(operation.error);
    });
  } catch (error) {
    failed(asLodgeError(error));
  }
}

/** Whether a schedule says that a snapshot is made in this minute. */
export const isScheduled = ({ "snapshots.schedule": schedule }: Config, now: Date): boolean =>
  Boolean(schedule) && isDue(parseSchedule(schedule ?? "") ?? [], now);

/** Snapshots of instances that are to be made. */
export function dueOfInstances(
  store: Store,
  runs: Pick<Runs, "isRunning">,
  snapshots: Pick<SnapshotService, "create">,
): Due {
  return async (now) => {
    const records = new InstanceRecords(store);
    const present = (await store.instances.list()).filter(({ life }) => life === "present");
    const instances = await Promise.all(present.map((record) => records.expand(record)));
    const wants = ({ record, config }: ExpandedInstance) =>
      isScheduled(config, now) && (runs.isRunning(record.id) || isTrue(config["snapshots.schedule.stopped"]));
    return instances.filter(wants).map(({ record: { name, project } }) => ({
      of: { instance: name },
      begin: () => snapshots.create(project, name, {}),
    }));
  };
}
