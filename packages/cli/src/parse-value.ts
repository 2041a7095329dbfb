import { InvalidArgumentError } from "commander";

/** A whole number of at least 0, for commander. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** A time of at most eleven days: the platform's timers end at 24. */
export function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("It must be a whole number of seconds, at most 999999.");
  return Number(text);
}

/** Permission bits in octal digits. */
export function octalMode(text: string): number {
  if (!/^[0-7]{1,4}$/.test(text)) throw new InvalidArgumentError("It must be octal digits, such as 0644.");
  return Number.parseInt(text, 8);
}

/** Collects `key=value` into a map. */
export function keyValue(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("It must be key=value.");
  return { ...previous, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** Collects `NAME,key=value[,key=value…]` into a map of devices. */
export function device(
  text: string,
  previous: Readonly<Record<string, Record<string, string>>> = {},
): Record<string, Record<string, string>> {
  const [name = "", ...settings] = text.split(",");
  if (name === "" || name.includes("=") || settings.length === 0) {
    throw new InvalidArgumentError("It must be NAME,key=value, such as root,size=20GiB.");
  }
  return { ...previous, [name]: settings.reduce((all, setting) => keyValue(setting, all), { ...previous[name] }) };
}
