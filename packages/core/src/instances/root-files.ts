import type { InstanceRecord } from "../store.ts";
import { driverOf, type InstanceDependencies, poolOf } from "./dependencies.ts";
import type { GuestFiles, InstanceIdentity } from "./driver.ts";
import { rootRequest } from "./root-request.ts";
import type { Runs } from "./runs.ts";

/**
 * Files of a stopped container: its root is prepared for as long as they are open. The lock is held meanwhile, so that nothing
 * starts or deletes the instance under them.
 */
export async function openRootFiles(
  deps: InstanceDependencies,
  runs: Runs,
  record: InstanceRecord,
  identity: InstanceIdentity,
): Promise<GuestFiles> {
  const opened = Promise.withResolvers<GuestFiles>();
  const closed = Promise.withResolvers<void>();
  const pool = poolOf(deps, record.pool);
  const held = deps.lock.run(record.id, async () => {
    if (runs.isRunning(record.id)) return opened.resolve(await driverOf(deps, record.type).files(identity, undefined));
    try {
      const root = await pool.prepareRoot(rootRequest(record, undefined), identity.ids);
      const files = await driverOf(deps, record.type).files(identity, root);
      opened.resolve(files);
      await closed.promise;
      await files.close();
    } finally {
      await pool.settleRoot(record.id);
    }
  });
  held.catch(opened.reject);
  const files = await opened.promise;
  return Object.assign(Object.create(files) as GuestFiles, {
    close: async () => {
      closed.resolve();
      await held;
    },
  });
}
