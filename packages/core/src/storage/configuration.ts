/** What a pool may be called and what its configuration may say. */
import { type Config, findPoolKey, LodgeError } from "@lodge/api";

/** It is the name of a directory, and part of device labels. */
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;

export function checkPoolName(name: string): void {
  if (namePattern.test(name)) return;
  throw new LodgeError({
    code: "request_invalid",
    message: `"${name}" cannot be the name of a storage pool: use 1 to 63 letters, digits, hyphens, underscores and full stops, starting with a letter or digit.`,
  });
}

/** Refuses keys that pools of the driver do not have, and wrong values. */
export function checkPoolConfig(name: string, driver: string, config: Config): void {
  for (const [key, value] of Object.entries(config)) {
    const known = findPoolKey(driver, key);
    if (!known) {
      throw new LodgeError({
        code: "config_key_unknown",
        message: `Unknown configuration key "${key}" of a storage pool of the driver ${driver} (pool ${name}); docs/reference/storage.md lists the keys.`,
      });
    }
    const problem = value === "" ? undefined : known.check(value);
    if (problem) throw invalid(name, key, value, problem);
  }
}

/** Refuses to change what a pool is made of. */
export function checkPoolChange(name: string, driver: string, before: Config, after: Config): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key] ?? "", after[key] ?? ""];
    if (was === is || findPoolKey(driver, key)?.change !== undefined) continue;
    throw invalid(name, key, is, `cannot take the place of "${was}": it is settled when a pool is made`);
  }
}

/** Empty values say nothing. */
export function withoutEmpty(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ""));
}

function invalid(pool: string, key: string, value: string, problem: string): LodgeError {
  return new LodgeError({
    code: "config_value_invalid",
    message: `Value "${value}" of "${key}" on storage pool ${pool} ${problem}.`,
  });
}
