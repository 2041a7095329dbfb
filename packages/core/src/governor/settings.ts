import { type Config, parseMemory } from "@lodge/api";

export type GovernorMode = "off" | "observe" | "on";

/** What the server's configuration says of the governor, in bytes. */
export interface GovernorSettings {
  readonly mode: GovernorMode;
  /** For all instances together. */
  readonly budget: number;
  /** How much of the budget the limits of instances that run may promise together; missing: any. */
  readonly overcommit?: number;
}

const modes: readonly string[] = ["off", "observe", "on"] satisfies GovernorMode[];
const defaultMode: GovernorMode = "observe";
const defaultBudget = "80%";

export function governorSettings(config: Config, hostMemory: number): GovernorSettings {
  const mode = config["governor.mode"] ?? "";
  const overcommit = Number(config["governor.memory.overcommit"] || Number.NaN);
  return {
    mode: modes.includes(mode) ? (mode as GovernorMode) : defaultMode,
    budget: Math.min(hostMemory, parseMemory(config["governor.memory.budget"] || defaultBudget, hostMemory) ?? 0),
    ...(overcommit > 0 && { overcommit }),
  };
}
