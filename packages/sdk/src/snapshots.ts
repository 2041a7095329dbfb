import type { InstanceSnapshot, SnapshotCreate } from "@lodge/api";
import type { MigrationPeer } from "./migration.ts";
import type { Rest } from "./rest.ts";
import type { RunningOperation } from "./running-operation.ts";

/** `/1.0/instances/NAME/snapshots`. */
export class InstanceSnapshots {
  readonly #rest: Rest;
  readonly #instance: string;

  /** `instance` as it stands in a path. */
  constructor(rest: Rest, instance: string) {
    this.#rest = rest;
    this.#instance = instance;
  }

  /** The oldest first. */
  list(): Promise<InstanceSnapshot[]> {
    return this.#rest.get(this.#url(), { recursion: 1 });
  }

  get(name: string): Promise<InstanceSnapshot> {
    return this.#rest.get(this.#url(name));
  }

  /** The name that the daemon chose is in the operation, see `snapshotName`. */
  create(request: SnapshotCreate = {}): Promise<RunningOperation> {
    return this.#rest.start("POST", this.#url(), { body: request });
  }

  /** Brings the instance back to a snapshot, with `stateful` to its memory and devices too. */
  restore(name: string, { stateful = false }: { readonly stateful?: boolean } = {}): Promise<RunningOperation> {
    const body = { restore: name, ...(stateful && { stateful }) };
    return this.#rest.start("PUT", `/1.0/instances/${this.#instance}`, { body });
  }

  /** Undefined: it is kept until it is deleted. */
  setExpiry(name: string, expiresAt: Date | undefined): Promise<RunningOperation> {
    return this.#rest.start("PUT", this.#url(name), { body: { expires_at: expiresAt?.toISOString() ?? null } });
  }

  rename(name: string, newName: string): Promise<RunningOperation> {
    return this.#rest.start("POST", this.#url(name), { body: { name: newName } });
  }

  /** Sends what the instance was to another daemon, see `migrate`. */
  send(name: string, target?: MigrationPeer): Promise<RunningOperation> {
    return this.#rest.start("POST", this.#url(name), { body: { name, migration: true, ...(target && { target }) } });
  }

  delete(name: string): Promise<RunningOperation> {
    return this.#rest.start("DELETE", this.#url(name));
  }

  #url(name?: string): string {
    const all = `/1.0/instances/${this.#instance}/snapshots`;
    return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
  }
}

/** The name of the snapshot that an operation makes. */
export function snapshotName(operation: RunningOperation): string {
  const [made = ""] = operation.started.resources.instances_snapshots ?? [];
  return decodeURIComponent(made.slice(made.lastIndexOf("/") + 1).replace(/\?.*$/, ""));
}
