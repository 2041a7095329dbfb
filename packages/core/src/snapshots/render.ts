import { type InstanceSnapshot, zeroTime } from "@lodge/api";
import { expandConfig, expandDevices } from "../instances/configuration.ts";
import type { ProfileRecord, SnapshotRecord } from "../store.ts";

/** Bytes of a snapshot that nobody asked its pool for. */
const unknownSize = -1;

/** Profiles that are gone add nothing. */
export const profilesOfSnapshot = (
  { profiles }: Pick<SnapshotRecord, "profiles">,
  named: ReadonlyMap<string, ProfileRecord>,
): ProfileRecord[] => profiles.flatMap((name) => named.get(name) ?? []);

/** A snapshot as the wire shows it. */
export function renderSnapshot(
  record: SnapshotRecord,
  profiles: ReadonlyMap<string, ProfileRecord>,
  size = unknownSize,
): InstanceSnapshot {
  const applied = profilesOfSnapshot(record, profiles);
  return {
    name: record.name,
    description: record.description,
    architecture: record.architecture,
    config: record.config,
    devices: record.devices,
    profiles: [...record.profiles],
    expanded_config: expandConfig(applied, record.config),
    expanded_devices: expandDevices(applied, record.devices),
    ephemeral: record.ephemeral,
    stateful: record.state !== undefined,
    created_at: record.createdAt.toISOString(),
    last_used_at: record.lastUsedAt?.toISOString() ?? zeroTime,
    expires_at: record.expiresAt?.toISOString() ?? zeroTime,
    size: size === unknownSize ? size : size + (record.state?.size ?? 0),
  };
}

/** When a client wants a snapshot to go; the wire's zero time, null and nothing: never. */
export function parseExpiry(expiresAt: string | null | undefined): Date | undefined {
  const time = expiresAt ? new Date(expiresAt) : undefined;
  return time && time.getTime() > 0 ? time : undefined;
}
