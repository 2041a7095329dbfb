/** The `boot.*` keys of an expanded configuration, whose values have been checked, with their defaults. */
import { type Config, isTrue } from "@lodge/api";
import { isKeptFromStarting } from "../protection.ts";

export interface AutostartSettings {
  /** Whether a boot of the host starts it: always, never, or if it ran before. */
  readonly when: "always" | "never" | "last-state";
  readonly priority: number;
  /** Seconds. */
  readonly delay: number;
}

export interface RestartSettings {
  readonly enabled: boolean;
  /** How many restarts in a row may fail. */
  readonly limit: number;
}

export interface HostShutdownSettings {
  readonly force: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly priority: number;
}

export function autostartSettings(config: Config): AutostartSettings {
  const value = config["boot.autostart"] ?? "last-state";
  return {
    when: value === "last-state" ? value : isTrue(value) ? "always" : "never",
    priority: number(config, "boot.autostart.priority", 0),
    delay: number(config, "boot.autostart.delay", 0),
  };
}

export function restartSettings(config: Config): RestartSettings {
  const enabled = isTrue(config["boot.autorestart"]) && !isKeptFromStarting(config);
  return { enabled, limit: number(config, "boot.autorestart.limit", 10) };
}

export function hostShutdownSettings(config: Config): HostShutdownSettings {
  return {
    force: config["boot.host_shutdown_action"] === "force-stop",
    timeout: number(config, "boot.host_shutdown_timeout", 30),
    priority: number(config, "boot.stop.priority", 0),
  };
}

const number = (config: Config, key: string, fallback: number): number => Number(config[key] ?? fallback);
