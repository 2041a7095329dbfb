import { LodgeError } from "@lodge/api/errors";

type Settings = Readonly<Record<string, string>>;

/** Whether a value of a true-or-false key means yes. */
export const isOn = (value: string | undefined): boolean => /^(true|1|yes|on)$/i.test(value ?? "");

/** Without those keys. Keys that are the daemon's own cannot be taken away. */
export function withoutKeys(settings: Settings, keys: readonly string[]): Record<string, string> {
  const own = keys.find((key) => key.startsWith("volatile."));
  if (own !== undefined) {
    throw new LodgeError({
      code: "config_key_readonly",
      message: `Key "${own}" is the daemon's own note and cannot be unset.`,
    });
  }
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !keys.includes(key)));
}
