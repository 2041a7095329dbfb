/** Which snapshots two servers have of one instance: what was changed since the newest of them is all that a refresh sends. */
import type { MigratedSnapshot } from "@lodge/api";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { presentSnapshots, snapshotUuid } from "../snapshots/records.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import type { Had } from "./exchange.ts";

/** Those of the source, the oldest first: of virtual machines, whose disks say what was changed since. One that has no UUID ends them. */
export async function offeredSnapshots(
  { store }: Pick<InstanceDependencies, "store">,
  source: InstanceRecord,
): Promise<MigratedSnapshot[]> {
  if (source.type !== "virtual-machine") return [];
  const offered: MigratedSnapshot[] = [];
  for (const snapshot of await presentSnapshots(store, source)) {
    const uuid = snapshotUuid(snapshot);
    if (uuid === undefined) break;
    offered.push({ name: snapshot.name, uuid });
  }
  return offered;
}

/** What a copy has of these: as many, from the oldest on, as it has all of. Undefined: not even that. */
export function commonSnapshots(offered: readonly MigratedSnapshot[], own: readonly SnapshotRecord[]): Had | undefined {
  const here = new Set(own.map(snapshotUuid));
  const missing = offered.findIndex(({ uuid }) => !here.has(uuid));
  const snapshots = missing < 0 ? offered : offered.slice(0, missing);
  const since = snapshots.at(-1);
  return since && { since, snapshots };
}
