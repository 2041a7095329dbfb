import { driverOf, type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";
import type { TemplateRecord } from "../store.ts";
import type { Claims } from "./claims.ts";

/**
 * Removes a template once nobody is about to fork from it. What was forked from it stays: its disk stands on layers that it holds
 * itself, its memory is mapped.
 */
export async function removeTemplate(
  deps: InstanceDependencies,
  claims: Claims,
  id: InstanceId,
  endReady: () => Promise<void>,
): Promise<void> {
  const { store, lock } = deps;
  const record = await store.templates.get(id);
  if (!record) return;
  await store.templates.put({ ...record, life: "deleting" });
  await endReady();
  await claims.free(id);
  await lock.run(id, async () => {
    await driverOf(deps, "virtual-machine").letGoOfState?.(stateDirectory(deps, record));
    await poolOf(deps, record.pool).removeRoot(id);
    await store.templates.remove(id);
  });
}

/** Where a template's state lies. */
export function stateDirectory(deps: InstanceDependencies, { id, pool, state }: TemplateRecord): string {
  return poolOf(deps, pool).states.path({ root: id, state: state.id });
}
