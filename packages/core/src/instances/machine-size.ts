import { type Config, cpuCount, parseMemory, parseSize } from "@lodge/api";

/** CPUs and memory of a virtual machine. */
export interface MachineSize {
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}

const defaultMemory = 2 ** 30;

/** What the configuration asks for, with defaults filled in. Percentages have become bytes before, see `memoryInBytes`. */
export function machineSize(config: Config): MachineSize {
  return {
    cpus: cpuCount(config["limits.cpu"], 1),
    memory: parseSize(config["limits.memory"] ?? "") ?? defaultMemory,
  };
}

const memoryKeys = ["limits.memory", "limits.memory.min"] as const;

/** The configuration with the percentages of the host's memory as bytes: what drivers are told, and what is compared with sizes. */
export function memoryInBytes(config: Config, hostMemory: number): Config {
  const relative = memoryKeys.filter((key) => config[key]?.endsWith("%"));
  if (relative.length === 0) return config;
  const bytes = relative.map((key) => [key, String(parseMemory(config[key] ?? "", hostMemory) ?? "")]);
  return { ...config, ...Object.fromEntries(bytes) };
}
