/** Instances that are there for one command: they end with its session, however that ends, also with the daemon that had it. */
import { asLodgeError, type Config } from "@lodge/api";
import type { InstanceRecord } from "../../store.ts";
import type { InstanceDependencies } from "../dependencies.ts";
import type { InstanceId } from "../driver.ts";
import { discardInstance } from "../removal.ts";
import type { Runs } from "../runs.ts";

/** Noted while the session lasts: whoever finds it at daemon start knows that the session is over. */
const key = "volatile.session";

export const isSessionBound = (config: Config): boolean => config[key] !== undefined;

/** Binds a running instance to a session; the returned function ends it. An ephemeral one is deleted then. */
export async function bindToSession(
  deps: InstanceDependencies,
  runs: Runs,
  { id }: InstanceRecord,
): Promise<() => Promise<void>> {
  await deps.lock.run(id, () => note(deps, id, (config) => ({ ...config, [key]: "true" })));
  return () => endBound(deps, runs, id);
}

/** At daemon start, when recovery is through: no session of an earlier daemon lives. */
export async function endBoundInstances(
  deps: InstanceDependencies,
  runs: Runs,
  present: readonly InstanceRecord[],
): Promise<void> {
  for (const { id, name } of present.filter(({ config }) => isSessionBound(config))) {
    deps.log.info({ instance: name }, "ending an instance whose session is lost");
    await endBound(deps, runs, id).catch((err: unknown) =>
      deps.log.error({ instance: name, err }, "an instance whose session is lost could not be ended"),
    );
  }
}

async function endBound(deps: InstanceDependencies, runs: Runs, id: InstanceId): Promise<void> {
  await runs.gone(id);
  if (runs.isRunning(id)) await stop(runs, id);
  await deps.lock.run(id, async () => {
    if (runs.isRunning(id)) return;
    const record = await deps.store.instances.get(id);
    if (record?.ephemeral) await discardInstance(deps, id);
    await note(deps, id, ({ [key]: _over, ...config }) => config);
  });
}

async function stop(runs: Runs, id: InstanceId): Promise<void> {
  try {
    await runs.stop(id, { force: true, timeout: 0 });
  } catch (error) {
    // It ended by itself meanwhile.
    if (!["instance_wrong_state", "instance_not_found"].includes(asLodgeError(error).code)) throw error;
  }
}

async function note(
  { store }: InstanceDependencies,
  id: InstanceId,
  change: (config: Config) => Config,
): Promise<void> {
  const record = await store.instances.get(id);
  if (record?.life === "present") await store.instances.put({ ...record, config: change(record.config) });
}
