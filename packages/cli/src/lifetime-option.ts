import { Option } from "commander";

/** Of commands that make instances: in short for the configuration key. */
export const lifetimeOption = (): Option =>
  new Option("--ttl <span>", "delete it when this time is up (90s, 30m, 1h, 2d), whatever it does then");

/** Nothing when there is nothing to say. */
export const withLifetime = (
  config: Readonly<Record<string, string>> | undefined,
  ttl: string | undefined,
): Record<string, string> | undefined => (ttl === undefined ? config && { ...config } : { ...config, ttl });
