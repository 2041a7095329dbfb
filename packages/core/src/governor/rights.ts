import { type Config, type InstanceType, parseMemory } from "@lodge/api";

/** What an instance's configuration says of its memory. Bytes, unless it says otherwise. */
export interface MemoryRights {
  /** It always may have so much. */
  readonly guarantee: number;
  /** It never may have more: its limit, or all that the host has. */
  readonly most: number;
  /** Whether it has a limit. */
  readonly limited: boolean;
  /** Its weight where there is not enough for all. */
  readonly shares: number;
}

/** What virtual machines have that say nothing. */
const machineMemory = 2 ** 30;
/** A guest cannot do with much less than it was told: this part of its memory stays unless its configuration says otherwise. */
const machineGuarantee = 0.5;
const usualShares = 100;

export function memoryRights(type: InstanceType, config: Config, hostMemory: number): MemoryRights {
  const limit = config["limits.memory"];
  const machine = type === "virtual-machine";
  const most = parseMemory(limit ?? "", hostMemory) ?? (machine ? machineMemory : hostMemory);
  const usual = machine ? most * machineGuarantee : 0;
  const guarantee = parseMemory(config["limits.memory.min"] ?? "", hostMemory) ?? usual;
  return {
    guarantee: Math.min(Math.floor(guarantee), most),
    most,
    limited: machine || Boolean(limit),
    shares: Number(config["limits.memory.shares"] || usualShares),
  };
}
