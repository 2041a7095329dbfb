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
  const driver = driverOf(deps, record.type);
  const pool = poolOf(deps, record.pool);
  const held = deps.lock.run(record.id, async () => {
    if (runs.isRunning(record.id)) return opened.resolve(await driver.files(identity, undefined));
    try {
      const root = await pool.prepareRoot(rootRequest(record, undefined), identity.ids);
      const files = await driver.files(identity, root);
      const close = async () => {
        closed.resolve();
        await held;
      };
      opened.resolve(closingWith(files, close));
      await closed.promise;
      await files.close();
    } finally {
      await pool.settleRoot(record.id);
    }
  });
  held.catch(opened.reject);
  return opened.promise;
}

/** The same files; whatever class they are of, its methods are called on it itself. */
function closingWith(files: GuestFiles, close: () => Promise<void>): GuestFiles {
  return {
    stat: (path) => files.stat(path),
    read: (path) => files.read(path),
    list: (path) => files.list(path),
    write: (path, content, attributes, append) => files.write(path, content, attributes, append),
    makeDirectory: (path, attributes) => files.makeDirectory(path, attributes),
    makeSymlink: (path, target, attributes) => files.makeSymlink(path, target, attributes),
    remove: (path) => files.remove(path),
    close,
  };
}
