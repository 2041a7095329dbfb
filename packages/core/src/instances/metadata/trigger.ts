import type { InstanceRecord } from "../../store.ts";

export type TemplateTrigger = "create" | "copy" | "rename";

/** LXD's name for what happened to an instance since it was started last, for its templates. */
const key = "volatile.apply_template";

export const triggerOf = ({ config }: Pick<InstanceRecord, "config">): TemplateTrigger | undefined => {
  const trigger = config[key];
  return trigger === "create" || trigger === "copy" || trigger === "rename" ? trigger : undefined;
};

export const triggered = (trigger: TemplateTrigger) => ({ [key]: trigger }) as const;

/** What it was made by comes before what it was called later. */
export function withRename(record: InstanceRecord): InstanceRecord {
  return triggerOf(record) ? record : { ...record, config: { ...record.config, ...triggered("rename") } };
}

/** A run has begun: what was to be written is. */
export function withoutTrigger(record: InstanceRecord): InstanceRecord {
  const { [key]: _, ...config } = record.config;
  return { ...record, config };
}
