/** Increments: backups of what changed since a snapshot that who gets them has already. */
import { type InstanceBackupIndex, LodgeError } from "@lodge/api";
import { snapshotUuid } from "../snapshots/records.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";

export interface Increment {
  readonly base: SnapshotRecord;
  /** The oldest first. */
  readonly after: readonly SnapshotRecord[];
  /** What its index says of that. */
  readonly note: { readonly since: { readonly snapshot: string; readonly uuid: string } };
}

/** What an increment of an instance is made of. `present`: its snapshots, the oldest first. */
export function incrementSince(
  { name: owner, type }: Pick<InstanceRecord, "name" | "type">,
  present: readonly SnapshotRecord[],
  since: string,
): Increment {
  if (type === "container") {
    throw new LodgeError({
      code: "not_supported",
      message: `"${owner}" is a container, and increments are of virtual machines' disks; export it without "since".`,
    });
  }
  const at = present.findIndex(({ name }) => name === since);
  const base = present[at];
  if (!base) {
    throw new LodgeError({
      code: "snapshot_not_found",
      message: `Instance "${owner}" has no snapshot "${since}" that an increment could go on from; "lodge snapshot list ${owner}" shows those that it has.`,
    });
  }
  const uuid = snapshotUuid(base);
  if (uuid === undefined) {
    throw new LodgeError({
      code: "not_supported",
      message: `Snapshot "${since}" of "${owner}" was made by an older Lodge, and cannot be told from others; make a new one, and a whole backup with it.`,
    });
  }
  return { base, after: present.slice(at + 1), note: { since: { snapshot: since, uuid } } };
}

/** The snapshot of an instance that an increment goes on from. `present`: its snapshots, the oldest first. */
export function requireBase(
  { name: owner, type }: Pick<InstanceRecord, "name" | "type">,
  present: readonly SnapshotRecord[],
  { type: backedUp, since, snapshots }: InstanceBackupIndex,
): SnapshotRecord {
  if (!since) {
    throw new LodgeError({
      code: "request_invalid",
      message: `This is a whole backup and no increment: import it as an instance of its own, not into "${owner}".`,
    });
  }
  const { snapshot, uuid } = since;
  const base = present.find((each) => snapshotUuid(each) === uuid);
  if (!base || type !== backedUp) {
    throw new LodgeError({
      code: "backup_base_missing",
      message: `This increment goes on from a snapshot "${snapshot}" that "${owner}" does not have: import what was exported before it first, in the same order.`,
    });
  }
  const taken = snapshots.find(({ name }) => present.some((each) => each.name === name));
  if (taken) {
    throw new LodgeError({
      code: "snapshot_exists",
      message: `"${owner}" has the snapshot "${taken.name}" of this increment already: the increment was imported before, or is older than what "${owner}" holds.`,
    });
  }
  if (present.at(-1) !== base) {
    throw new LodgeError({
      code: "backup_base_missing",
      message: `This increment goes on from snapshot "${base.name}", and "${owner}" has newer ones ("${present.at(-1)?.name}"): it is older than what "${owner}" holds. Delete those to go back.`,
    });
  }
  return base;
}
