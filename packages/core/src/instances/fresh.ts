import type { InstanceRecord } from "../store.ts";

/** Noted of a virtual machine whose root is still its image's, untouched: no run of it has begun. */
const key = "volatile.fresh";

export const fresh = { [key]: "true" } as const;

export const isFresh = ({ config }: Pick<InstanceRecord, "config">): boolean => config[key] === "true";

export function withoutFresh(record: InstanceRecord): InstanceRecord {
  const { [key]: _fresh, ...config } = record.config;
  return { ...record, config };
}
