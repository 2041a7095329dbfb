/** What a container's configuration says, as the driver needs it. */
import { isTrue } from "@lodge/api";

export function isPrivileged(config: Readonly<Record<string, string>>): boolean {
  return isTrue(config["security.privileged"]);
}

/** Init's part of the configuration: `environment.*`. */
export function initEnvironment(config: Readonly<Record<string, string>>): Record<string, string> {
  const prefix = "environment.";
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}
