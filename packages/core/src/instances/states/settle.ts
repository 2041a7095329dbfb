import { type InstanceDependencies, poolOf } from "../dependencies.ts";
import type { InstanceId } from "../driver.ts";

/**
 * Removes the states of an instance that neither it nor one of its snapshots names. The caller holds the lock. Never throws: what stays
 * takes nothing but space, and the next call tries again.
 */
export async function settleStates(deps: InstanceDependencies, id: InstanceId): Promise<void> {
  const { store, log } = deps;
  try {
    const record = await store.instances.get(id);
    if (!record) return;
    const named = [record, ...(await store.snapshots.of(id))].flatMap(({ state }) => state?.id ?? []);
    await poolOf(deps, record.pool).states.retain(id, named);
  } catch (error) {
    log.warn({ instance: id, err: error }, "kept states that nothing needs could not be removed");
  }
}
