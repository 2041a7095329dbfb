import { LodgeError } from "@lodge/api";
import { driverOf, type InstanceDependencies } from "../instances/dependencies.ts";
import type { Runs } from "../instances/runs.ts";
import type { LiveRoot } from "../storage/snapshots.ts";
import type { InstanceRecord } from "../store.ts";

/** The root of an instance that runs, for its pool; undefined when it does not run. The caller holds the lock. */
export function liveRootOf(
  deps: Pick<InstanceDependencies, "drivers">,
  runs: Pick<Runs, "isRunning">,
  { id, name, type }: InstanceRecord,
): LiveRoot | undefined {
  if (!runs.isRunning(id)) return undefined;
  const driver = driverOf(deps, type);
  if (driver.liveRoot) return driver.liveRoot(id);
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" is running, and a ${type} cannot be kept or copied while it runs; stop it first.`,
  });
}
