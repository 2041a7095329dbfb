/** What a control group may do with block devices. */
import { LodgeError } from "@lodge/api/errors";
import { errorCode } from "./cgroup-tree.ts";

/** In a second, with one device; what is missing is not limited. */
export interface DeviceLimits {
  /** `MAJOR:MINOR` of a whole disk. */
  readonly device: string;
  readonly readBytes?: number;
  readonly readOperations?: number;
  readonly writeBytes?: number;
  readonly writeOperations?: number;
}

export type LimitName = Exclude<keyof DeviceLimits, "device">;

/** The limits of several disks on one device are those of LXD: their mean, of those that have one. */
export function averageLimits(all: readonly DeviceLimits[]): DeviceLimits[] {
  const names = ["readBytes", "readOperations", "writeBytes", "writeOperations"] as const;
  return [...Map.groupBy(all, ({ device }) => device)].map(([device, members]) => {
    const means = names.flatMap((name) => {
      const values = members.flatMap((member) => member[name] ?? []);
      return values.length === 0 ? [] : [[name, Math.floor(values.reduce((sum, each) => sum + each) / values.length)]];
    });
    return { device, ...(Object.fromEntries(means) as Partial<Record<LimitName, number>>) };
  });
}

/** Said of a failed write of limits. */
export function limitsRefused(controller: string, device: string, cause: unknown): unknown {
  const reason: Readonly<Record<string, string>> = {
    ENOENT: `the ${controller} controller is not available to Lodge`,
    ENODEV: `the kernel has no block device ${device} that can be limited`,
    EOPNOTSUPP: "the kernel was built without limits of block devices",
  };
  const known = reason[errorCode(cause) ?? ""];
  if (known === undefined) return cause;
  return new LodgeError({ code: "host_unsupported", message: `Limits of disks cannot be set: ${known}.`, cause });
}
