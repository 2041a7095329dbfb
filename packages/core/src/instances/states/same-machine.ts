import { findConfigKey, LodgeError } from "@lodge/api";
import { withoutLimits } from "../devices/io-limits.ts";
import type { ExpandedInstance } from "../records.ts";

/** They change while it runs, and a state is of one size all the same. */
const ofItsState = ["limits.cpu", "limits.memory"];

/** A kept state fits the machine that it was taken of: refuses to change that one as long as there is the state. */
export function requireSameMachine(before: ExpandedInstance, after: ExpandedInstance): void {
  const { name, state } = before.record;
  if (!state) return;
  const keys = changed(before.config, after.config).filter((key) => {
    const live = findConfigKey(key)?.live;
    return ofItsState.includes(key) || (live !== undefined && live !== true && live !== before.record.type);
  });
  const devices = changed(withoutLimits(before.devices), withoutLimits(after.devices));
  const [what] = [...keys, ...devices.map((device) => `device "${device}"`)];
  if (what === undefined) return;
  throw new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" was stopped with its state, which fits no other machine: ${what} cannot change. Start it first ("lodge start ${name}"), or give the state up ("lodge start ${name} --stateless").`,
  });
}

function changed(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.filter((name) => text(before[name]) !== text(after[name]));
}

/** The same for equal values, in whatever order their fields are. */
function text(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
