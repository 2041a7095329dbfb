import { LodgeError } from "@lodge/api/errors";
import type { InstanceId } from "../../instances/driver.ts";
import type { RootRequest } from "../pool.ts";
import type { LiveRoot, RootCopy, RootSnapshots, SnapshotId, SnapshotOf } from "../snapshots.ts";

/** The snapshots of a fake pool: what the root's content was. */
export class FakeSnapshots implements RootSnapshots {
  readonly kept = new Map<InstanceId, Map<SnapshotId, string>>();
  /** Thrown by the next call of the method, once. */
  readonly failures = new Map<keyof RootSnapshots, Error>();
  readonly #pool: { readonly roots: ReadonlyMap<InstanceId, RootRequest>; readonly contents: Map<InstanceId, string> };

  constructor(pool: { readonly roots: Map<InstanceId, RootRequest>; readonly contents: Map<InstanceId, string> }) {
    this.#pool = pool;
  }

  async create({ root, snapshot }: SnapshotOf, live?: LiveRoot): Promise<void> {
    this.#mayFail("create");
    this.#requireRoot(root);
    const of = this.kept.get(root) ?? new Map<SnapshotId, string>();
    if (of.has(snapshot)) throw new LodgeError({ code: "pool_failed", message: `Snapshot ${snapshot} exists.` });
    const keep = async () => void of.set(snapshot, this.#pool.contents.get(root) ?? "");
    await (live ? live.still(keep) : keep());
    this.kept.set(root, of);
  }

  async restore({ id }: RootRequest, snapshot: SnapshotId): Promise<void> {
    this.#mayFail("restore");
    this.#pool.contents.set(id, this.content({ root: id, snapshot }));
  }

  async remove({ root, snapshot }: SnapshotOf): Promise<void> {
    this.#mayFail("remove");
    this.kept.get(root)?.delete(snapshot);
  }

  async usage(root: InstanceId): Promise<ReadonlyMap<SnapshotId, number>> {
    this.#mayFail("usage");
    return new Map([...(this.kept.get(root) ?? [])].map(([snapshot, content]) => [snapshot, content.length]));
  }

  content({ root, snapshot }: SnapshotOf): string {
    const content = this.kept.get(root)?.get(snapshot);
    if (content === undefined) throw new LodgeError({ code: "pool_failed", message: `No snapshot ${snapshot}.` });
    return content;
  }

  copy({ from, snapshots = new Map() }: RootCopy, to: InstanceId): void {
    const copies = [...snapshots].map(([old, next]) => [next, this.content({ root: from, snapshot: old })] as const);
    if (copies.length > 0) this.kept.set(to, new Map(copies));
  }

  /** Keeps only these of a root. */
  forget(root: InstanceId, keep: readonly SnapshotId[]): void {
    for (const snapshot of this.kept.get(root)?.keys() ?? []) {
      if (!keep.includes(snapshot)) this.kept.get(root)?.delete(snapshot);
    }
  }

  #requireRoot(root: InstanceId): void {
    if (this.#pool.roots.has(root)) return;
    throw new LodgeError({ code: "pool_failed", message: `Instance ${root} has no root.` });
  }

  #mayFail(method: keyof RootSnapshots): void {
    const failure = this.failures.get(method);
    this.failures.delete(method);
    if (failure) throw failure;
  }
}
