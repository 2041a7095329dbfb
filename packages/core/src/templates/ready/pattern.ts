import type { Config, Devices } from "@lodge/api";
import type { InstanceId } from "../../instances/driver.ts";
import type { TemplateShape } from "../shape.ts";

/** What a machine that stands ready is made of: launches that need the like can have it. */
export interface ReadyPattern {
  readonly template: InstanceId;
  readonly shape: TemplateShape;
  /** The nics, with what their taps and their hardware depend on. Addresses and filters come when somebody has it. */
  readonly nics: Devices;
}

const nicKeys = ["model", "mtu", "name", "network"] as const;

/** Undefined: a machine that was there before cannot be of this kind. */
export function readyPattern(template: InstanceId, shape: TemplateShape, devices: Devices): ReadyPattern | undefined {
  const nics = Object.entries(devices).filter(([, { type }]) => type === "nic");
  // It has a MAC of its own already.
  if (nics.some(([, { hwaddr }]) => hwaddr)) return undefined;
  const entries = nics.map(([name, nic]) => [name, { type: "nic", ...given(nic) }] as const);
  return { template, shape, nics: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Equal for launches that can have each other's machines. */
export const patternKey = ({ template, nics }: ReadyPattern): string => JSON.stringify([template, nics]);

const given = (nic: Config): Config =>
  Object.fromEntries(nicKeys.flatMap((key) => (nic[key] ? [[key, nic[key]] as const] : [])));
