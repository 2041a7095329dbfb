import type { InstanceRecord, Store } from "../store.ts";
import type { InstanceId } from "./driver.ts";

/** Since when the governor lets an instance stand still (RFC 3339). One that a user paused has no such note. */
const key = "volatile.governor.frozen";

export const frozenByGovernor = ({ config }: Pick<InstanceRecord, "config">): boolean => config[key] !== undefined;

export function withFrozenNote(record: InstanceRecord, at: Date): InstanceRecord {
  return { ...record, config: { ...record.config, [key]: at.toISOString() } };
}

export function withoutFrozenNote(record: InstanceRecord): InstanceRecord {
  const { [key]: _, ...config } = record.config;
  return { ...record, config };
}

/** Whether it stands still is the user's to say from now on. The caller holds its lock. */
export async function takeFromGovernor({ instances }: Pick<Store, "instances">, id: InstanceId): Promise<void> {
  const record = await instances.get(id);
  if (record && frozenByGovernor(record)) await instances.put(withoutFrozenNote(record));
}
