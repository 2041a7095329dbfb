/** Which layers a root's snapshots are. */
import type { LiveRoot, RootCopy, SnapshotOf } from "@lodge/core";
import type { LayerId } from "./layout.ts";
import type { RootRecord } from "./records.ts";
import { snapshotMissing } from "./refusals.ts";

/** The layer of a snapshot. */
export function layerOf(record: RootRecord, { root, snapshot }: SnapshotOf): LayerId {
  const layer = record.snapshots?.[snapshot];
  if (!layer) throw snapshotMissing(root, snapshot);
  return layer;
}

/** The snapshots that a copy takes along: the same layers, under names of its own. */
export function snapshotsOf(source: RootRecord, { from, snapshots }: RootCopy): Pick<RootRecord, "snapshots"> {
  if (!snapshots || snapshots.size === 0) return {};
  const entries = [...snapshots].map(([old, next]) => [next, layerOf(source, { root: from, snapshot: old })] as const);
  return { snapshots: Object.fromEntries(entries) };
}

/** The same root with one snapshot more. */
export function withSnapshot(record: RootRecord, { snapshot }: SnapshotOf, layer: LayerId): RootRecord {
  return { ...record, snapshots: { ...record.snapshots, [snapshot]: layer } };
}

/** Runs what reads a root, while its instance, if it runs, does not write to it. */
export function whileStill<T>(live: LiveRoot | undefined, work: () => Promise<T>): Promise<T> {
  return live ? live.still(work) : work();
}
