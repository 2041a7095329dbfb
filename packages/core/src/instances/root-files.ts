import type { PreparedRoot } from "../storage/pool.ts";
import type { InstanceRecord } from "../store.ts";
import { closingBy } from "./closing-files.ts";
import { driverOf, type InstanceDependencies, poolOf } from "./dependencies.ts";
import type { GuestFiles, InstanceId, InstanceIdentity } from "./driver.ts";
import { rootRequest } from "./root-request.ts";
import type { Runs } from "./runs.ts";

/** A prepared root, and how many use it. */
interface OpenRoot {
  readonly root: PreparedRoot;
  users: number;
  /** Somebody waits for the instance: nobody else may use the root. */
  readonly wanted: Promise<void>;
  isWanted: boolean;
  readonly unused: () => void;
  /** The root is put away and the lock free. */
  readonly settled: Promise<void>;
}

/**
 * Files of stopped containers: a root is prepared for as long as somebody has its files open. The instance's lock is held meanwhile, so
 * that nothing starts or deletes it under them; what waits for the lock ends the connections on which the files are served.
 */
export class RootFiles {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  /** Also while they are being prepared; undefined: there was nothing to prepare. */
  readonly #open = new Map<InstanceId, Promise<OpenRoot | undefined>>();

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
  }

  async open(record: InstanceRecord, identity: InstanceIdentity): Promise<GuestFiles> {
    for (;;) {
      const preparing = this.#open.get(record.id);
      if (!preparing) return this.#prepare(record, identity);
      const open = await preparing;
      if (open && open.users > 0 && !open.isWanted) return this.#use(open, record, identity);
      await open?.settled;
    }
  }

  #prepare(record: InstanceRecord, identity: InstanceIdentity): Promise<GuestFiles> {
    const { id } = record;
    const opened = Promise.withResolvers<GuestFiles>();
    const settled = Promise.withResolvers<void>();
    const prepared = Promise.withResolvers<OpenRoot | undefined>();
    this.#open.set(id, prepared.promise);
    const held = this.#deps.lock.run(id, async () => {
      if (this.#runs.isRunning(id)) {
        return opened.resolve(await driverOf(this.#deps, record.type).files(identity, undefined));
      }
      const pool = poolOf(this.#deps, record.pool);
      const { promise, resolve: unused } = Promise.withResolvers<void>();
      try {
        const root = await pool.prepareRoot(rootRequest(record, undefined), identity.ids);
        const open = {
          root,
          users: 0,
          wanted: this.#deps.lock.wanted(id),
          isWanted: false,
          unused,
          settled: settled.promise,
        };
        void open.wanted.then(() => {
          open.isWanted = true;
        });
        const using = this.#use(open, record, identity);
        prepared.resolve(open);
        opened.resolve(await using);
        await promise;
      } finally {
        await pool.settleRoot(id);
      }
    });
    const over = () => {
      this.#open.delete(id);
      prepared.resolve(undefined);
      settled.resolve();
    };
    held.catch(opened.reject).finally(over);
    return opened.promise;
  }

  async #use(open: OpenRoot, record: InstanceRecord, identity: InstanceIdentity): Promise<GuestFiles> {
    open.users++;
    const leave = () => {
      open.users--;
      if (open.users === 0) open.unused();
    };
    try {
      const files = await driverOf(this.#deps, record.type).files(identity, open.root);
      let closed: Promise<void> | undefined;
      const close = async () => {
        await files.close();
        leave();
        if (open.users === 0) await open.settled;
      };
      return closingBy(
        files,
        () => {
          closed ??= close();
          return closed;
        },
        open.wanted,
      );
    } catch (error) {
      leave();
      throw error;
    }
  }
}
