/** Which devices the processes of a control group may use: the kernel's device controllers know these rules. */
export interface DeviceRule {
  readonly type: "c" | "b";
  /** Missing: any. */
  readonly major?: number;
  /** Missing: any. */
  readonly minor?: number;
  /** `r`, `w` and `m` (make a node), in this order. */
  readonly access: "rwm" | "rw" | "m";
}

/** As cgroup v1 reads it: `c 1:7 rw`. */
export function ruleText({ type, major, minor, access }: DeviceRule): string {
  return `${type} ${major ?? "*"}:${minor ?? "*"} ${access}`;
}
