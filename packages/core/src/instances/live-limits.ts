import { driverOf, type InstanceDependencies } from "./dependencies.ts";
import { identityOf } from "./identity.ts";
import type { ExpandedInstance } from "./records.ts";

const keys = ["limits.cpu", "limits.memory", "limits.processes"];

export function limitsDiffer(before: ExpandedInstance, after: ExpandedInstance): boolean {
  return keys.some((key) => before.config[key] !== after.config[key]);
}

/** Holds a running instance to what its configuration says, where its driver can; elsewhere that counts from its next start on. */
export async function applyLimits(deps: InstanceDependencies, { record, config }: ExpandedInstance): Promise<void> {
  await driverOf(deps, record.type).setLimits?.(identityOf(record, config, deps.idBase));
}
