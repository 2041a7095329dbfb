import { noController } from "./cgroup-errors.ts";
import type { CgroupLimits } from "./cgroups.ts";
import { writeLimit } from "./write-limit.ts";

/** What groups have that say nothing. */
const usual = 100;
/** Of a priority; the middle one, 5, is the usual weight, as in LXD. */
const perPriority = usual / 5;
/** Of the priority 0. */
const least = usual / 50;

/** What a configuration says of the weight of disks, as a field to be spread. */
export function diskWeight(config: Readonly<Record<string, string>>): Pick<CgroupLimits, "diskWeight"> {
  const priority = config["limits.disk.priority"];
  return priority ? { diskWeight: Math.max(least, Number(priority) * perPriority) } : {};
}

/** Weighs a group's use of disks by whichever of these files its host has. `host_unsupported`: it has none, and a weight is wanted. */
export async function weighDisks(
  group: string | undefined,
  files: readonly string[],
  weight: number | undefined,
): Promise<void> {
  const written = await Promise.all(
    files.map((file) => group !== undefined && writeLimit(group, { file, value: weight, none: usual })),
  );
  if (weight !== undefined && !written.includes(true)) throw noController("io", files.join(" or "));
}
