import { type Config, findConfigKey, LodgeError } from "@lodge/api";
import type { InstanceRecord, SnapshotRecord, Store } from "../store.ts";

/** What a snapshot keeps of an instance beside its root. */
export function snapshotContent(
  record: InstanceRecord,
): Pick<
  SnapshotRecord,
  "description" | "architecture" | "config" | "devices" | "profiles" | "ephemeral" | "lastUsedAt"
> {
  const { description, architecture, config, devices, profiles, ephemeral, lastUsedAt } = record;
  return { description, architecture, config, devices, profiles, ephemeral, ...(lastUsedAt && { lastUsedAt }) };
}

/** Says of two snapshots, wherever they are, that they hold the same: a copy or an import of one has that of the original. */
const identityKey = "volatile.snapshot.uuid";
const identityForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function newIdentity(uuid: string): Config {
  return { [identityKey]: uuid };
}

/** Missing of those that were made before there was such a thing. */
export function snapshotUuid({ config }: Pick<SnapshotRecord, "config">): string | undefined {
  const uuid = config[identityKey];
  return uuid !== undefined && identityForm.test(uuid) ? uuid : undefined;
}

/** What of a configuration says it. */
export function keptSnapshotIdentity(config: Config): Config {
  const uuid = snapshotUuid({ config });
  return uuid === undefined ? {} : newIdentity(uuid);
}

/** Those of an instance that clients may see, the oldest first. */
export async function presentSnapshots(
  store: Pick<Store, "snapshots">,
  { id }: Pick<InstanceRecord, "id">,
): Promise<SnapshotRecord[]> {
  return (await store.snapshots.of(id)).filter(({ life }) => life === "present");
}

export async function findSnapshot(
  store: Pick<Store, "snapshots">,
  owner: InstanceRecord,
  name: string,
): Promise<SnapshotRecord> {
  const found = (await presentSnapshots(store, owner)).find((snapshot) => snapshot.name === name);
  if (found) return found;
  throw new LodgeError({
    code: "snapshot_not_found",
    message: `Instance "${owner.name}" has no snapshot "${name}"; "lodge snapshot list ${owner.name}" shows those that it has.`,
  });
}

/** Without what the daemon noted of the one instance: its identity, its addresses. */
export function withoutIdentity(config: Config): Config {
  return Object.fromEntries(
    Object.entries(config).filter(([key]) => key === "volatile.base_image" || !findConfigKey(key)?.volatile),
  );
}
