import type { Config, InstanceStatus } from "@lodge/api";

/**
 * LXD's note of whether an instance ran last, which clients take for whether it runs (Ansible's inventory does). It is not noted here but
 * observed: shown, and left aside when it comes back, from a time when it may have been another.
 */
const key = "volatile.last_state.power";

export function withLastPower(config: Config, status: InstanceStatus): Config {
  return { ...config, [key]: status === "Stopped" || status === "Error" ? "STOPPED" : "RUNNING" };
}

export function withoutLastPower(config: Config): Config {
  const { [key]: power, ...rest } = config;
  return power === "RUNNING" || power === "STOPPED" ? rest : config;
}
