import type { InstanceRecord } from "../../store.ts";

/** Why an instance does not run although it should; kept until it is started or stopped. */
const problemKey = "volatile.boot.problem";

export const problemOf = ({ config }: InstanceRecord): string | undefined => config[problemKey];

export function withProblem(record: InstanceRecord, problem: string): InstanceRecord {
  return { ...record, config: { ...record.config, [problemKey]: problem } };
}

export function withoutProblem(record: InstanceRecord): InstanceRecord {
  const { [problemKey]: _, ...config } = record.config;
  return { ...record, config };
}

/** Whether something would start an instance that does not run, or has tried to. */
export const mayStart = (record: InstanceRecord): boolean => record.wanted || problemOf(record) !== undefined;
