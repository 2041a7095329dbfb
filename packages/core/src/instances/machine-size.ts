import { type Config, parseSize } from "@lodge/api";

/** CPUs and memory of a virtual machine. */
export interface MachineSize {
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}

const defaultMemory = 2 ** 30;

/** What the configuration asks for, with defaults filled in. */
export function machineSize(config: Config): MachineSize {
  return {
    cpus: Number(config["limits.cpu"] || 1),
    memory: parseSize(config["limits.memory"] ?? "") ?? defaultMemory,
  };
}
