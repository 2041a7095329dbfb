import { asLodgeError, isDue, isTrue, parseSchedule } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { type ExpandedInstance, InstanceRecords } from "../instances/records.ts";
import type { Runs } from "../instances/runs.ts";
import type { SnapshotService } from "../services.ts";

/** Milliseconds of a minute: schedules have no finer meaning. */
const minute = 60_000;

type Dependencies = Pick<InstanceDependencies, "store" | "now" | "wait" | "log">;
type Making = Pick<SnapshotService, "create">;

/**
 * Makes snapshots when instances' schedules say so, until the signal is aborted. Looks once in every minute that it sees begin: what
 * fell into a time when the daemon or the host did not run, or slept, is not made up for. Never throws: there is nobody to catch it.
 */
export async function watchSchedules(
  deps: Dependencies,
  runs: Pick<Runs, "isRunning">,
  snapshots: Making,
  signal: AbortSignal,
): Promise<void> {
  let last = minuteOf(deps.now());
  while (!signal.aborted) {
    await deps.wait(minute - (deps.now().getTime() % minute), signal).catch(() => undefined);
    const now = deps.now();
    // A clock that is set back, or a timer that is early, does nothing twice.
    if (signal.aborted || minuteOf(now) <= last) continue;
    last = minuteOf(now);
    await makeDue(deps, runs, snapshots, now).catch((err: unknown) =>
      deps.log.error({ err }, "cannot look for scheduled snapshots"),
    );
  }
}

const minuteOf = (at: Date): number => Math.floor(at.getTime() / minute);

/** Begins what is due and does not wait for it: the next minute comes. */
async function makeDue(deps: Dependencies, runs: Pick<Runs, "isRunning">, snapshots: Making, now: Date): Promise<void> {
  const records = new InstanceRecords(deps.store);
  const present = (await deps.store.instances.list()).filter(({ life }) => life === "present");
  const instances = await Promise.all(present.map((record) => records.expand(record)));
  const due = instances.filter(({ record, config }) => wantsSnapshot(config, runs.isRunning(record.id), now));
  await Promise.all(due.map((instance) => begin(deps, snapshots, instance)));
}

function wantsSnapshot(config: ExpandedInstance["config"], running: boolean, now: Date): boolean {
  const { "snapshots.schedule": schedule, "snapshots.schedule.stopped": stopped } = config;
  if (!schedule || (!running && !isTrue(stopped))) return false;
  return isDue(parseSchedule(schedule) ?? [], now);
}

async function begin({ log }: Dependencies, snapshots: Making, { record }: ExpandedInstance): Promise<void> {
  const { name, project } = record;
  const failed = (error: unknown) => log.error({ instance: name, err: error }, "a scheduled snapshot was not made");
  try {
    const operation = await snapshots.create(project, name, {});
    void operation.done.then(() => {
      if (operation.error) failed(operation.error);
    });
  } catch (error) {
    failed(asLodgeError(error));
  }
}
