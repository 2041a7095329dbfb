import type { InstanceId, SnapshotId, SnapshotRecord, SnapshotTable } from "@lodge/core";
import { DatabaseTable } from "./database-table.ts";

/** Snapshots, which are asked for by their instance. */
export class DatabaseSnapshots extends DatabaseTable<SnapshotRecord, SnapshotId> implements SnapshotTable {
  of(instance: InstanceId): Promise<SnapshotRecord[]> {
    return this.listWhere({ instance });
  }
}
