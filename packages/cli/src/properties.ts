import { LodgeError } from "@lodge/api/errors";
import { isOn } from "./settings.ts";

/** What an object has beside its configuration, as `-p` names it. */
export interface PropertyHolder {
  /** `instance web` */
  readonly name: string;
  /** Those that can be set, with what they are now. */
  readonly properties: Readonly<Record<string, string | boolean>>;
}

export function getProperty({ name, properties }: PropertyHolder, key: string): string {
  const value = properties[key];
  if (value === undefined || !Object.hasOwn(properties, key)) throw unknownProperty(name, key, properties);
  return String(value);
}

/** The properties with some of them set: as strings where they are strings, true or false where they are that. */
export function setProperties(
  { name, properties }: PropertyHolder,
  settings: Readonly<Record<string, string>>,
): Record<string, string | boolean> {
  const changed = Object.entries(settings).map(([key, value]) => {
    const current = properties[key];
    if (current === undefined || !Object.hasOwn(properties, key)) throw unknownProperty(name, key, properties);
    return [key, typeof current === "boolean" ? asBoolean(name, key, value) : value] as const;
  });
  return { ...properties, ...Object.fromEntries(changed) };
}

function asBoolean(name: string, key: string, value: string): boolean {
  if (isOn(value)) return true;
  if (/^(false|0|no|off|)$/i.test(value)) return false;
  throw new LodgeError({
    code: "request_invalid",
    message: `Property "${key}" of ${name} is true or false, not "${value}".`,
  });
}

function unknownProperty(name: string, key: string, properties: object): LodgeError {
  return new LodgeError({
    code: "request_invalid",
    message: `${name} has no property "${key}"; there are ${Object.keys(properties).join(", ")}. Without -p it is a configuration key.`,
  });
}
