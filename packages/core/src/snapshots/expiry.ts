import { asLodgeError } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import type { SnapshotService } from "../services.ts";

/** Milliseconds between looks; expiry times have no finer meaning. */
const interval = 60_000;

type Dependencies = Pick<InstanceDependencies, "store" | "now" | "wait" | "log">;

/** Deletes snapshots when their time has come, until the signal is aborted. Never throws: there is nobody to catch it. */
export async function watchExpiry(
  deps: Dependencies,
  snapshots: Pick<SnapshotService, "delete">,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await deleteExpired(deps, snapshots).catch((err: unknown) =>
      deps.log.error({ err }, "cannot look for expired snapshots"),
    );
    await deps.wait(interval, signal).catch(() => undefined);
  }
}

/** Each is an operation like any other; what fails is tried again the next time. */
async function deleteExpired(
  { store, now, log }: Dependencies,
  snapshots: Pick<SnapshotService, "delete">,
): Promise<void> {
  const expired = (await store.snapshots.list()).filter(
    ({ life, expiresAt }) => life === "present" && expiresAt !== undefined && expiresAt <= now(),
  );
  for (const { instance, name } of expired) {
    const owner = await store.instances.get(instance);
    if (owner?.life !== "present") continue;
    try {
      await (await snapshots.delete(owner.project, owner.name, name)).done;
      log.info({ instance: owner.name, snapshot: name }, "a snapshot has expired");
    } catch (error) {
      log.warn({ instance: owner.name, snapshot: name, err: asLodgeError(error) }, "an expired snapshot stays");
    }
  }
}
