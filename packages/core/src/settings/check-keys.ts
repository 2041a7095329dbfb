import { type Config, findServerKey, LodgeError, type ServerConfigKey } from "@lodge/api";

/** Refuses keys that are not known and values that do not fit. `owner` in messages: `the server`. */
export function checkKeys(owner: string, keys: readonly ServerConfigKey[], config: Config): void {
  for (const [key, value] of Object.entries(config)) {
    const known = findServerKey(keys, key);
    if (!known) {
      throw new LodgeError({
        code: "config_key_unknown",
        message: `Unknown configuration key "${key}" of ${owner}; docs/reference/server.md lists the keys.`,
      });
    }
    const problem = known.check(value);
    if (problem === undefined) continue;
    throw new LodgeError({
      code: "config_value_invalid",
      message: `Value "${value}" of "${key}" of ${owner} ${problem}.`,
    });
  }
}
