import { driverOf, type InstanceDependencies } from "./dependencies.ts";
import { identityOf } from "./identity.ts";
import type { ExpandedInstance } from "./records.ts";

export function limitsDiffer(before: ExpandedInstance, after: ExpandedInstance): boolean {
  const keys = [before, after].flatMap(({ config }) => Object.keys(config).filter((key) => key.startsWith("limits.")));
  return keys.some((key) => before.config[key] !== after.config[key]);
}

/** Holds a running instance to what its configuration says, where its driver can; elsewhere that counts from its next start on. */
export async function applyLimits(deps: InstanceDependencies, { record, config }: ExpandedInstance): Promise<void> {
  await driverOf(deps, record.type).setLimits?.(identityOf(record, config, deps));
}
