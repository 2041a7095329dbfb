import type { InstanceDependencies } from "../instances/dependencies.ts";
import { instanceUrl } from "../instances/dependencies.ts";
import type { Runs } from "../instances/runs.ts";
import type { InstanceRecord } from "../store.ts";
import { compactRoot } from "./compaction.ts";

/** Milliseconds between looks. */
const interval = 60_000;

/**
 * Makes the layers of roots few again that have grown too many, whatever made them so (snapshots that are kept for good, forks of
 * forks, copies of copies), and what removed snapshots left while their container ran, until the signal is aborted. One at a time: it is work for the host's disks that nobody waits for. Never throws:
 * there is nobody to catch it.
 */
export async function watchChains(deps: InstanceDependencies, runs: Runs, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await shortenAll(deps, runs, signal).catch((err: unknown) =>
      deps.log.error({ err }, "cannot look for roots with many layers"),
    );
    await deps.wait(interval, signal).catch(() => undefined);
  }
}

async function shortenAll(deps: InstanceDependencies, runs: Runs, signal: AbortSignal): Promise<void> {
  for (const record of await deps.store.instances.list()) {
    if (signal.aborted) return;
    if (record.life !== "present" || record.pending || !(await isDue(deps, record))) continue;
    await shorten(deps, runs, record, signal);
  }
}

/** A pool that is not there, or a root that cannot be read, is no reason to leave the others alone. */
async function isDue(deps: InstanceDependencies, { id, name, pool }: InstanceRecord): Promise<boolean> {
  try {
    return (await deps.pools.get(pool)?.snapshots.chain?.(id))?.due ?? false;
  } catch (err) {
    deps.log.warn({ instance: name, err }, "how many layers a root has cannot be told");
    return false;
  }
}

/** An operation, so that it is seen and can be cancelled; then the next look begins it again. */
async function shorten(
  deps: InstanceDependencies,
  runs: Runs,
  record: InstanceRecord,
  ended: AbortSignal,
): Promise<void> {
  const { name, project } = record;
  const operation = await deps.operations.begin(
    { description: "Merging layers", resources: { instances: [instanceUrl(name)] }, project },
    async ({ report, signal }) => {
      const progress = (percent: number) => report({ shorten_progress: `Merging layers: ${Math.floor(percent)}%` });
      await compactRoot(deps, runs, record, progress, AbortSignal.any([signal, ended]));
      signal.throwIfAborted();
      return undefined;
    },
  );
  await operation.done;
}
